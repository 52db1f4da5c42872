import { steps } from './steps.js';
import type { TaskContext } from './task-context.js';

interface Handed {
  readonly tree: string;
  readonly summary: string;
  readonly role: string;
}

/** Keeps a tree as a commit on what the task started from; its trailers lead back to the intent. */
export async function commitWork(
  task: TaskContext,
  { tree, summary, role }: Handed,
): Promise<{ readonly commit: string; readonly tree: string }> {
  const { item, repo, node } = task.input;
  const trailers = [`Signalbox-Mission: ${item}`, `Signalbox-Task: ${node.id}`, `Signalbox-Role: ${role}`];
  return steps.commitTree.executeWithOptions({ summary: `${node.id}: keep the work of the ${role}` }, [
    {
      repo,
      tree,
      parents: [task.start().commit],
      message: `${node.title} (${item}, ${node.id})\n\n${summary}\n\n${trailers.join('\n')}`,
      time: Math.floor(Date.now() / 1000),
    },
  ]);
}
