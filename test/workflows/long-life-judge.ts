import type { LongLifeSeen } from './long-life.js';
import { type LongLife, PARALLEL } from './long-life-world.js';
import type { RunSize } from './run-chain.js';

// What a long life may cost and must not lose. Every count is to be 0.

/** What a run may still take in when it is long enough: what is under way ends first. */
const EVENTS_OF_A_TASK = 150;
/** What is carried from run to run, per task. */
const CARRIED_BYTES = 1_500;
/** Of every answer, by the stubs of agents. */
const TOKENS = 110;

export interface LongLifeCounts {
  readonly ordersLost: number;
  readonly guidanceUnheard: number;
  readonly answersAstray: number;
  readonly callsWhilePaused: number;
  /** Tasks that were over on one day and not the same on a later one, plans and notes that went back. */
  readonly recordsChanged: number;
  readonly commitsAstray: number;
  readonly tokensAstray: number;
  readonly runsTooLong: number;
  readonly runsTooHeavy: number;
}

export function judgeLife(seen: LongLifeSeen, { tasks, historyLimit }: LongLife): LongLifeCounts {
  const { last, outcome, calls } = seen;
  const planned = last.tasks.filter(({ task, state }) => task.kind === 'change' && state !== 'replaced');
  const { usage } = outcome.spend;
  const tooLong = (runs: readonly RunSize[], most: number) => runs.filter(({ events }) => events > most).length;
  return {
    ordersLost: difference(seen.ordered, last.notes.map(saidIn)),
    guidanceUnheard: seen.ordered.filter((text) => text.startsWith('steer') && !seen.told.has(text)).length,
    answersAstray: difference(
      seen.asked.map((node) => `${node}: ${node} is meant as it says`).sort(),
      seen.answers.map(({ node, answer }) => `${node}: ${answer}`).sort(),
    ),
    callsWhilePaused: seen.callsWhilePaused,
    recordsChanged: changesOf([...seen.mornings, last]),
    commitsAstray: difference(
      planned.map(({ task }) => seen.commits.get(task.id) ?? 'none'),
      seen.integrated,
    ),
    tokensAstray: Math.abs(calls.all * TOKENS - ((usage?.input ?? 0) + (usage?.output ?? 0))),
    runsTooLong:
      tooLong(seen.mission, historyLimit + PARALLEL * EVENTS_OF_A_TASK) +
      seen.tasks.reduce((sum, runs) => sum + tooLong(runs, historyLimit + EVENTS_OF_A_TASK), 0),
    runsTooHeavy: seen.mission.filter(({ input }) => input > tasks * CARRIED_BYTES).length,
  };
}

/** "steered by Operator: steer day 2" */
function saidIn(note: string): string {
  return note.slice(note.indexOf(': ') + 2);
}

/** Places at which two lists are not the same. */
function difference(wanted: readonly string[], found: readonly string[]): number {
  const length = Math.max(wanted.length, found.length);
  return Array.from({ length }, (_, index) => wanted[index] === found[index]).filter((same) => !same).length;
}

function changesOf(days: LongLifeSeen['mornings']): number {
  let changes = 0;
  for (const [index, before] of days.slice(0, -1).entries()) {
    const after = days[index + 1];
    if (!after) break;
    const now = new Map(after.tasks.map((task) => [task.task.id, task]));
    for (const task of before.tasks) {
      if (task.state === 'passed' && JSON.stringify(now.get(task.task.id)) !== JSON.stringify(task)) changes++;
    }
    changes += difference(before.notes, after.notes.slice(0, before.notes.length));
    if (after.planVersion < before.planVersion) changes++;
    if ((after.budget?.spent.usd ?? 0) < (before.budget?.spent.usd ?? 0)) changes++;
  }
  return changes;
}
