import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// What there must be a kept history of, for each workflow type: names of files without their type, or why there is none.
// A new type is a new row; `npm run record-histories` records what its cases add.

export const SITUATIONS = ['success', 'cancel', 'failure', 'continued', 'approval', 'replan'] as const;
export type Situation = (typeof SITUATIONS)[number];

type Row = Readonly<Record<Situation, readonly string[] | string>>;

const ASKS_NOBODY = 'it asks nobody';
const PLANS_NOTHING = 'it has no plan';
const SHORT = 'its history is short';

export const KEPT: Readonly<Record<string, Row>> = {
  mission: {
    success: [
      'shipped',
      'halted',
      'with-agents',
      'persons-commits',
      'run-handed-over',
      'waited-for-its-turn',
      'with-scopes',
      'took-another-in',
      'wrote-everywhere',
      'part-of-another',
      'with-thread',
      ...['pull-request', 'remarks-taken-up', 'merged-by-person', 'in-a-batch'],
      ...['conflict-resolved', 'conflict-coded', 'forge-queue', 'outsider-told', 'in-a-set', 'takes-back'],
    ],
    cancel: [
      'pull-request-closed',
      ...['cancelled', 'cancelled-with-agents', 'cancelled-at-approval', 'cancelled-in-review'],
      ...['cancelled-planning', 'cancelled-coding', 'cancelled-approval', 'cancelled-merging'],
    ],
    failure: ['cannot-do', 'failed', 'task-broke', 'conflict-given-back'],
    continued: ['continued-as-new', 'continued-run'],
    approval: [
      ...['approved', 'asked', 'asked-anew', 'budget-raised', 'decided-everywhere'],
      ...['disputed-finding', 'rejected', 'scope-raised'],
    ],
    replan: ['replanned', 'task-cancelled'],
  },
  task: {
    success: [
      ...['change-passed', 'coder-passed', 'escalated', 'integrate-passed', 'second-iteration', 'test-first'],
      ...['sides-joined', 'conflict-coded'],
    ],
    cancel: ['cancelled', 'coder-cancelled', 'cancelled-coding'],
    failure: ['cannot-do', 'broke'],
    continued: ['continued-as-new', 'continued-run'],
    approval: ['asked'],
    replan: 'its mission does',
  },
  approval: {
    success: ['approved', 'budget', 'signed'],
    cancel: ['cancelled'],
    failure: ['rejected', 'stale'],
    continued: ['continued-as-new', 'continued-run', 'talked-and-escalated', 'talked-run'],
    approval: ['approved', 'budget', 'signed', 'heard'],
    replan: PLANS_NOTHING,
  },
  review: {
    success: ['converged', 'upheld'],
    cancel: ['cancelled'],
    failure: ['missing-lenses'],
    continued: 'it is one round, which ends long before its history does',
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  triage: {
    success: ['asked-and-done', 'took-another-in', 'folded-and-split', 'told-in-time', 'split'],
    cancel: ['cancelled'],
    failure: ['unreadable', 'declined'],
    continued: ['continued-as-new', 'continued-run'],
    approval: ['asked-and-done'],
    replan: PLANS_NOTHING,
  },
  changeSet: {
    success: ['landed'],
    cancel: 'its missions are cancelled; the set itself ends in its own order',
    failure: ['taken-back'],
    continued: 'it has a few missions, and says a few words',
    approval: 'its missions ask',
    replan: PLANS_NOTHING,
  },
  archive: {
    success: ['done'],
    cancel: ['cancelled'],
    failure: ['failed'],
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  mergeQueue: {
    success: ['turns', 'batched'],
    cancel: 'nobody cancels it',
    failure: ['holder-lost'],
    continued: ['continued-as-new', 'continued-run'],
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  housekeeping: {
    success: ['tidied'],
    cancel: 'its Schedule lets each round end',
    failure: ['away'],
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  stallWatch: {
    success: ['told'],
    cancel: 'its Schedule lets each round end',
    failure: 'what it can not tell now the next round tells',
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  agentSession: {
    success: ['spoke'],
    cancel: 'nobody cancels it',
    failure: ['refused'],
    continued: ['continued-as-new', 'continued-run'],
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  sweep: {
    success: ['found'],
    cancel: 'its Schedule lets each round end',
    failure: ['away'],
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  kpi: {
    success: ['breached'],
    cancel: 'its Schedule lets each round end',
    failure: ['blind'],
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  thread: {
    success: ['told', 'noticed'],
    cancel: 'nobody cancels it',
    failure: ['refused'],
    continued: ['continued-as-new', 'continued-run'],
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  request: {
    success: ['asked'],
    cancel: 'nobody cancels it',
    failure: 'it waits until the chat is back',
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  halt: {
    success: ['lifted'],
    cancel: 'it is lifted instead',
    failure: 'whoever could not be told is refused its next step',
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  resumption: {
    success: ['told'],
    cancel: 'nobody cancels it',
    failure: 'what waits asks again by itself',
    continued: SHORT,
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
  budget: {
    success: ['granted'],
    cancel: ['raised-and-cancelled'],
    failure: ['refused-and-raised'],
    continued: 'it takes a mission of many turns: recorded with those of scopes',
    approval: ['refused-and-raised', 'raised-and-cancelled'],
    replan: PLANS_NOTHING,
  },
  incident: {
    success: ['mended', 'noted', 'told', 'analysed'],
    cancel: 'nobody cancels it: a person closes it',
    failure: ['asked'],
    continued: ['storm', 'storm-run'],
    approval: ['asked', 'told'],
    replan: PLANS_NOTHING,
  },
  dedupe: {
    success: ['claims'],
    cancel: 'nobody cancels it',
    failure: 'who can not reach it asks again',
    continued: ['claims', 'continued-run'],
    approval: ASKS_NOBODY,
    replan: PLANS_NOTHING,
  },
};

const SEALS = 'SHA256SUMS';

/** Name of the file -> SHA-256 of its bytes when it was recorded. The format is that of `sha256sum`. */
export function sealsOf(directory: string): ReadonlyMap<string, string> {
  const lines = readFileSync(join(directory, SEALS), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => line.split('  ') as [string, string]).map(([sum, file]) => [file, sum]));
}

export function sumOf(directory: string, file: string): string {
  return createHash('sha256')
    .update(readFileSync(join(directory, file)))
    .digest('hex');
}

/** What was recorded is never recorded again: its sum is only ever added. */
export function sealHistories(directory: string): void {
  const sealed = sealsOf(directory);
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith('.json') && !sealed.has(name))
    .sort()) {
    appendFileSync(join(directory, SEALS), `${sumOf(directory, file)}  ${file}\n`);
  }
}
