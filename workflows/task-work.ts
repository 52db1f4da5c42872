import type { TaskResult } from '../schemas/turn.js';
import { FindingsLedger } from './findings-ledger.js';
import { code } from './task-coder.js';
import { joinSides } from './task-conflict.js';
import { describeVerdict, type TaskContext } from './task-context.js';
import { gatesOf } from './task-critique.js';
import { repair } from './task-repair.js';
import { reviewWork } from './task-review.js';
import { writeTests } from './task-tester.js';

/** The rungs, cheapest first: each is given what the one below found out. */
export async function change(task: TaskContext): Promise<TaskResult | 'rest'> {
  const { agents, node, conflict } = task.input;
  const free = conflict ? joinSides : repair;
  if (!agents) return free(task);
  const { state } = task;
  if (!state.repairOver && (conflict || node.targets.length > 0)) {
    const repaired = await free(task);
    state.repairOver = true;
    const { last } = state;
    if (last && repaired.state === 'passed' && repaired.confidence === 'high') {
      const work = { ...last, summary: repaired.because, model: '' };
      const { decision, because } = await reviewWork(task, FindingsLedger.start(), work, []);
      if (decision === 'done')
        return task.end('passed', repaired.because, repaired.evidence && { evidence: repaired.evidence });
      state.below.push({
        ...evidenceOf(repaired),
        text: `A search found an edit that passes the tests, but the reviewers object: ${because}`,
      });
    } else state.below.push(conflict ? joinedEvidence(repaired) : evidenceOf(repaired));
    delete state.last;
  }
  if (node.proof === 'test-first' && !state.tests) {
    const stopped = await writeTests(task);
    if (stopped) return stopped;
  }
  return code(task);
}

function evidenceOf({ state, because, question, evidence }: TaskResult) {
  const text =
    state === 'passed'
      ? `A search found an edit that passes, but others that behave differently pass too: ${because}. ${question ?? ''}`
      : `A search for one small edit did not mend it: ${because}.`;
  return {
    title: 'What was tried before',
    from: 'the repair search',
    text,
    ...(evidence && { blob: evidence }),
  };
}

function joinedEvidence({ because }: TaskResult) {
  const text = `To keep both sides, one after the other, did not do: ${because}`;
  return { title: 'What was tried before', from: 'the free rung', text };
}

/** Integration and scenarios make no edits: their gates decide. */
export async function validate(task: TaskContext): Promise<TaskResult> {
  const { node, start, targets } = task.input;
  task.enter('running gates');
  const { verdicts, findings } = await gatesOf(task, start.tree, targets);
  const red = verdicts.filter(({ outcome }) => outcome !== 'pass');
  const because = red.length > 0 ? red.map(describeVerdict).join('; ') : 'all gates pass';
  task.state.turns.push({
    n: 1,
    rung: 'gates',
    plan: node.goal,
    act: { summary: `ran ${verdicts.map(({ gate }) => gate).join(', ')}`, tried: 0, tree: start.tree },
    critique: { decision: red.length > 0 ? 'failed' : 'done', because, verdicts, findings: [...findings] },
  });
  return { ...task.end(red.length > 0 ? 'failed' : 'passed', because), ...start };
}
