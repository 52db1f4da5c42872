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
  return steps.commitTree.executeWithOptions({ summary: `${node.id}: keep the work of the ${role}` }, [
    {
      repo,
      tree,
      parents: [task.start().commit],
      message: `${node.title} (${item}, ${node.id})\n\n${summary}\n\n${trailersOf(item, node.id, role)}`,
      time: Math.floor(Date.now() / 1000),
    },
  ]);
}

/** The end of a commit's message. Role: undefined where no agent made it. */
export function trailersOf(item: string, task: string, role: string | undefined): string {
  const trailers = [`Signalbox-Mission: ${item}`, `Signalbox-Task: ${task}`];
  return [...trailers, ...(role === undefined ? [] : [`Signalbox-Role: ${role}`])].join('\n');
}
