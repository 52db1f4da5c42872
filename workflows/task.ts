import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { TaskResult } from '../schemas/turn.js';
import { taskStatus, taskSteered } from './messages.js';
import { type TaskInput, TaskWork } from './task-work.js';

/** One node of a mission's DAG: Plan-Act-Critique until its gates pass, or an honest stop. */
export async function task(input: TaskInput): Promise<TaskResult> {
  const work = new TaskWork(input, setCurrentDetails);
  setHandler(taskStatus, () => work.status());
  setHandler(taskSteered, (note) => work.steer(note));
  return input.node.kind === 'change' ? work.change() : work.validate();
}
