import type { TaskResult } from '../schemas/turn.js';
import { steps } from './steps.js';
import { commitWork } from './task-commit.js';
import type { TaskContext } from './task-context.js';
import { critique } from './task-critique.js';

/** The free rung of a conflict: both sides, one after the other, where each only added lines. The gates decide. */
export async function joinSides(task: TaskContext): Promise<TaskResult> {
  const { conflict, repo, start, node, targets } = task.input;
  if (!conflict) throw new Error('there is no conflict to resolve');
  const { state } = task;
  let because = '';
  for (const first of ['taken', 'ours'] as const) {
    task.enter(`both sides, ${first === 'taken' ? 'what is taken in' : 'this change'} first`);
    const joined = await steps.joinSides.executeWithOptions({ summary: `${node.id}: both sides, ${first} first` }, [
      { ...conflict, repo, tree: start.tree, first },
    ]);
    if ('because' in joined) return task.end('cannot-do', joined.because);
    if (joined.tree === state.last?.tree) break;
    const summary = `both sides are kept, ${first === 'taken' ? 'what was taken in' : 'this change'} first`;
    const work = await commitWork(task, { tree: joined.tree, summary, role: 'repair' });
    state.last = { ...work, confidence: 'high' };
    const judged = await critique(task, { ...work, summary, targets, label: `review by rules, ${first} first` });
    task.record({
      ...{ n: state.turns.length + 1, rung: 'repair', plan: node.goal },
      act: { summary, tried: 1, tree: joined.tree },
      critique: judged,
    });
    if (judged.decision === 'done') return task.end('passed', summary);
    because = judged.because;
  }
  delete state.last;
  return task.end('failed', `both sides one after the other do not pass: ${because}`);
}
