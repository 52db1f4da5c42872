import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../test/eventually.js';
import { timeLimit } from './time-limit.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Nobody but the listener holds the signal. */
function reasonOf(signal: AbortSignal): { readonly given: () => unknown } {
  let reason: unknown;
  signal.addEventListener('abort', () => {
    reason = signal.reason;
  });
  return { given: () => reason };
}

describe('a limit of time', () => {
  it('is kept although garbage is collected meanwhile', async () => {
    const { given } = reasonOf(timeLimit(300));
    await eventually(() => {
      collectGarbage();
      return given() !== undefined;
    });
    expect(given()).toMatchObject({ name: 'TimeoutError' });
  });

  it('ends with any of the signals, for its reason, also when that has come before', async () => {
    const controller = new AbortController();
    const { given } = reasonOf(timeLimit(600_000, undefined, controller.signal));
    const why = new Error('not needed any more');
    controller.abort(why);
    expect(given()).toBe(why);
    expect(timeLimit(600_000, controller.signal)).toMatchObject({ aborted: true, reason: why });
  });
});
