import type { RepairOutcome } from '../activities/repair.js';
import { durationMs } from '../schemas/duration.js';
import type { RepairProgress } from '../schemas/repair.js';
import type { TaskResult, Turn } from '../schemas/turn.js';
import type { Plausible, TaskContext } from './task-context.js';
import { type Critique, critique } from './task-critique.js';

/** Set-up, survey and the check of each candidate's neighbours come on top of the search itself. */
const REPAIR_OVERHEAD_MS = 15 * 60_000;

/** The free rung: a search for one small edit, until the gates and the rules have no objection. */
export async function repair(task: TaskContext): Promise<TaskResult> {
  const { limits } = task.input.blueprint;
  for (let n = 1; n <= limits.iterationsPerTask; n++) {
    const spent = overBudget(task);
    if (spent) return task.end('failed', spent);
    const outcome = await search(task, n);
    if (outcome.status === 'cannot-do') {
      record(task, n, outcome, { verdicts: [], findings: [], decision: 'cannot-do', because: outcome.because });
      return task.end('cannot-do', outcome.because, { evidence: outcome.evidence });
    }
    const judged = await judge(task, n, outcome);
    record(task, n, outcome, judged);
    if (judged.decision === 'done') return task.end('passed', judged.because, { evidence: outcome.evidence });
    if (judged.decision === 'failed') return task.end('failed', judged.because, { evidence: outcome.evidence });
    task.state.rejected.push(outcome.candidate);
    task.state.startAt = outcome.index;
  }
  return task.end('failed', `${limits.iterationsPerTask} iterations did not satisfy the gates and the reviewers`);
}

async function search(task: TaskContext, n: number): Promise<RepairOutcome> {
  const { item, repo, node, blueprint, blueprintRef, near, start, words } = task.input;
  const { state } = task;
  task.enter(`iteration ${n}: searching for a repair in ${node.touches.join(', ')}`);
  const outcome = await task.host.run(
    'repair',
    {
      repo,
      ...start,
      near,
      blueprint: blueprintRef,
      module: node.module ?? '',
      targets: node.targets,
      touches: node.touches,
      words: [words, ...state.steered].join('\n'),
      candidates: blueprint.limits.repairCandidates - state.tried,
      seconds: blueprint.limits.repairSeconds,
      startAt: state.startAt,
      rejected: state.rejected,
      message: `${node.title} (${item}, ${node.id})`,
      time: Math.floor(Date.now() / 1000),
    },
    {
      summary: `${node.id}: search for a repair, iteration ${n}`,
      timeoutMs: blueprint.limits.repairSeconds * 1000 + REPAIR_OVERHEAD_MS,
      resume: (input, progress) => ({
        ...input,
        startAt: (progress as RepairProgress | undefined)?.index ?? input.startAt,
      }),
    },
  );
  state.tried += outcome.tried;
  return outcome;
}

async function judge(task: TaskContext, n: number, outcome: Plausible): Promise<Critique> {
  task.enter(`iteration ${n}: gates and review of ${outcome.summary}`);
  task.state.last = outcome;
  const { targets } = task.input;
  return critique(task, { ...outcome, targets, label: `review by rules, iteration ${n}` });
}

function record(task: TaskContext, n: number, outcome: RepairOutcome, judged: Critique): void {
  const { node } = task.input;
  const before = task.state.turns.at(-1);
  const { decision, because, verdicts, findings } = judged;
  const turn: Turn = {
    n,
    rung: 'repair',
    plan: n === 1 ? node.goal : `${node.goal}, avoiding: ${before?.critique.because ?? ''}`,
    act: {
      summary: outcome.status === 'plausible' ? `plausible: ${outcome.summary}` : outcome.because,
      tried: outcome.tried,
      ...(outcome.status === 'plausible' && { tree: outcome.tree }),
      evidence: outcome.evidence,
    },
    critique: { decision, because, verdicts, findings },
  };
  task.record(turn);
}

function overBudget({ input, state }: TaskContext): string | undefined {
  const { limits } = input.blueprint;
  if (Date.now() - state.startedAt > durationMs(limits.taskWallTime)) return `out of time: ${limits.taskWallTime}`;
  if (state.tried >= limits.repairCandidates) return `out of budget: ${state.tried} candidates tried`;
  return undefined;
}
