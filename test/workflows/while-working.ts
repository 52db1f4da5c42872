import type { Worker } from '@temporalio/worker';

/**
 * Runs the workers for as long as the work takes, and waits until they have stopped. What fails in the work is thrown,
 * also when an activity that the work holds has to be given up for it.
 */
export async function whileWorking<Result>(workers: readonly Worker[], work: () => Promise<Result>): Promise<Result> {
  const running = Promise.all(workers.map((worker) => worker.run()));
  const stopped = () => {
    for (const worker of workers) worker.shutdown();
    return running;
  };
  const result = await work().catch(async (error: unknown) => {
    await stopped().catch(() => undefined);
    throw error;
  });
  await stopped();
  return result;
}
