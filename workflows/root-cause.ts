/** What really happened: Temporal wraps a failure once per activity and child workflow that it passes through. */
export function rootCause(error: Error): string {
  let cause = error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return cause.message;
}
