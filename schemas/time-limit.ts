/**
 * Aborts after so many milliseconds, or with any of the signals. In place of `AbortSignal.any` with an
 * `AbortSignal.timeout` in it: on Node 20 the garbage collector takes that timeout away, and nothing is ever given up.
 */
export function timeLimit(ms: number, ...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const controller = new AbortController();
  const { signal: limit } = controller;
  const late = () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  setTimeout(late, ms).unref();
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(signal.reason);
    signal?.addEventListener('abort', () => controller.abort(signal.reason), { once: true, signal: limit });
  }
  return limit;
}

/**
 * What the work gives, or rejects with the reason of the signal. Node 20's own fetch forgets its signal once the garbage
 * collector has been there.
 */
export function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([work, aborted]);
}
