import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  proxyActivities,
  setHandler,
  sleep,
  type UntypedActivities,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import type { Halt } from '../schemas/halt.js';
import { halted, haltLifted } from './messages-standing.js';

// What a workflow knows of halts, and how its steps wait for their end. Nothing here makes a command before a halt has
// touched the workflow: histories without a halt stay as they are.

/** The longest time after a halt in which a step is not taken again although the message of its end was lost. */
const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Between the word that a halt is lifted and the moment at which it is. */
const CLOSING_MS = 1_000;
/** A halt that ends without a word, because somebody terminated it, holds deadlines up no longer than this. */
const FORGOTTEN_MS = 30 * 24 * 3_600_000;

let now: Halt | undefined;
const lifted = new Set<string>();
let pastMs = 0;

/** Since when everything is halted, ISO 8601, as far as this workflow was told. */
export function haltedSince(): string | undefined {
  return now?.since;
}

/** A clock that stands still while everything is halted, as it is known when a halt is over; milliseconds. */
export function workingTime(): number {
  return Date.now() - pastMs;
}

/** While everything is halted nobody is late. */
export async function unlessHalted(): Promise<void> {
  if (now) await condition(() => now === undefined, FORGOTTEN_MS);
}

/** As `condition`, for people: time during which everything is halted does not count. */
export async function conditionInTime(holds: () => boolean, ms: number): Promise<boolean> {
  const deadline = workingTime() + ms;
  for (let left = ms; left > 0; left = deadline - workingTime()) {
    if (await condition(holds, left)) return true;
    if (now) await condition(() => holds() || now === undefined, FORGOTTEN_MS);
    if (holds()) return true;
  }
  return false;
}

function listen(startedAt: number): void {
  setHandler(halted, (halt) => {
    if (!lifted.has(halt.id)) now = halt;
  });
  setHandler(haltLifted, ({ id, since, until }) => {
    if (lifted.has(id)) return;
    lifted.add(id);
    pastMs += Math.max(0, Date.parse(until) - Math.max(startedAt, Date.parse(since)));
    if (now?.id === id) now = undefined;
  });
}

/** The halt for which the step was refused; undefined when it failed for anything else. */
function haltOf(error: unknown): Halt | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== PERMANENT_FAILURES.Halted) return undefined;
  const [halt] = (cause.details ?? []) as (Halt | undefined)[];
  return halt ?? { id: '', since: '' };
}

async function untilLifted(halt: Halt, times: number): Promise<void> {
  if (lifted.has(halt.id)) return sleep(CLOSING_MS);
  if (halt.id !== '') now = halt;
  const wait = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(times, 10));
  await condition(() => lifted.has(halt.id), wait);
}

/** A step that was refused because of a halt is taken again when that is lifted, and whoever asked for it just waits. */
export function interceptors(): WorkflowInterceptors {
  let again = false;
  return {
    inbound: [
      {
        execute(input, next) {
          listen(Date.now());
          return next(input);
        },
      },
    ],
    outbound: [
      {
        async scheduleActivity(input, next) {
          if (again) {
            again = false;
            return next(input);
          }
          for (let times = 0; ; times++) {
            try {
              if (times === 0) return await next(input);
              // A new step, so that it has a number of its own and the whole of its time.
              again = true;
              const step = proxyActivities<UntypedActivities>(input.options)[input.activityType];
              return await step?.(...input.args);
            } catch (error) {
              const halt = haltOf(error);
              if (!halt) throw error;
              await untilLifted(halt, times);
            }
          }
        },
      },
    ],
  };
}
