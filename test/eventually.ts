import { setTimeout as sleep } from 'node:timers/promises';

// Suites run side by side and share few processors: what they wait for comes late at times, and that is no failure.
const PATIENCE_MS = 150_000;
/** A question to a workflow costs its worker and the server as much as a step does: the longer it takes, the rarer. */
const FIRST_MS = 20;
const LONGEST_MS = 500;

/** Asks until the answer holds (true, if nothing else is said) and gives it. Until then an error is no answer yet. */
export async function eventually<Value>(
  ask: () => Value | Promise<Value>,
  holds: (value: Value) => boolean = (value) => value === true,
  patienceMs = PATIENCE_MS,
): Promise<Value> {
  let last: unknown;
  let wait = FIRST_MS;
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(wait)) {
    wait = Math.min(1.3 * wait, LONGEST_MS);
    try {
      const value = await ask();
      if (holds(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
  }
  const seen = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`not in ${patienceMs / 1_000} s, last seen: ${seen}; waited for ${holds}`);
}
