import { proxyActivities } from '@temporalio/workflow';

export interface SequenceInput {
  /** Not measured: a server that has rested lets the first few through faster than it can go on. */
  readonly warmUps: number;
  readonly steps: number;
  /** Whose workers take the steps. */
  readonly taskQueue: string;
}

/** Activities one after the other. Returns the milliseconds of each as the workflow sees them. */
export async function sequence({ warmUps, steps, taskQueue }: SequenceInput): Promise<number> {
  const { step } = proxyActivities<{ step(): Promise<void> }>({ startToCloseTimeout: '10 seconds', taskQueue });
  for (let n = 0; n < warmUps; n++) await step();
  const started = Date.now();
  for (let n = 0; n < steps; n++) await step();
  return (Date.now() - started) / steps;
}
