import type { Worker } from '@temporalio/worker';

/** Runs the workers for as long as the work takes, and waits until they have stopped. */
export async function whileWorking<Result>(workers: readonly Worker[], work: () => Promise<Result>): Promise<Result> {
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    return await work();
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}
