import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../child.js';

const READY_MS = 90_000;
const [LINES, WIDTH] = [10, 400];

export interface Starting {
  /** For people, with its article. */
  readonly what: string;
  readonly child: Child;
  readonly log: string;
  /** A rejection counts as no. */
  readonly ready: () => Promise<boolean>;
}

/** Throws with the end of its log when the program ends before it is ready, or is not ready in time. */
export async function untilAnswers({ what, child, log, ready }: Starting): Promise<void> {
  const deadline = Date.now() + READY_MS;
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  while (!(await ready().catch(() => false))) {
    if (ended || Date.now() > deadline) {
      const lines = readFileSync(log, 'utf8').trim().split('\n').slice(-LINES);
      const end = lines.map((line) => line.slice(0, WIDTH)).join('\n');
      throw new Error(
        `${what} ${ended ? 'ended' : `was not ready after ${READY_MS / 1000} s`}; the end of ${log}:\n${end}`,
      );
    }
    await sleep(100);
  }
}
