import type { BlobRef } from './blob-ref.js';
import type { Gate } from './blueprint.js';
import type { Verdict } from './verdict.js';

// What a mission and the merge queue of its repo say to each other. Pure and without zod: workflows use it too.

/** Names of the messages that an activity sends. */
export const TURN_WANTED = 'turnWanted';
export const MERGE_QUEUE = 'mergeQueue';

export interface TurnWanted {
  /** Workflow id of who wants to merge. */
  readonly holder: string;
  /** First run of its chain: a later mission on the same item is another one. */
  readonly firstRunId: string;
  /** Equal keys are one wish, however often it is sent. */
  readonly key: string;
  readonly item: string;
  /** Lower comes first; equal ones go by their arrival. */
  readonly priority: number;
  /** It needs nothing but to be validated on the base as it is then: it can be validated together with others. */
  readonly ready?: ReadyChange;
}

/** What it takes to judge a change by somebody else than its mission. */
export interface ReadyChange {
  readonly repo: string;
  readonly head: string;
  /** A tree near it whose checkout is warm. */
  readonly near: string;
  /** Only changes that obey the same blueprint are judged together. */
  readonly blueprint: BlobRef;
  readonly gates: readonly Gate[];
  readonly scenarios: readonly Gate[];
  /** By gate: what failed on the base already. */
  readonly baseline: Readonly<Record<string, Verdict>>;
  /** Module -> tests that must pass. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** Runs of a red gate that may be flaky. */
  readonly reruns: number;
}

/** What was validated together: whose head comes to this very tree, in its turn, needs no validation of its own. */
export interface BatchPlace {
  readonly tree: string;
  /** All of them together; its verdicts are of this tree. */
  readonly validated: string;
  readonly verdicts: readonly Verdict[];
  /** Items, in the order of their turns. */
  readonly items: readonly string[];
}
