import type { MissionResult } from './outcome.js';

// What belongs together and is in several repos. Pure types: safe in the workflow sandbox.

/** A part that has been validated and waits for the others. */
export interface ReadyPart {
  readonly repo: string;
  readonly head: string;
  /** Of its pull request, where its forge has them. */
  readonly url?: string;
}

export interface SetLink {
  readonly repo: string;
  readonly url: string;
}

export interface SetPartOutcome {
  readonly repo: string;
  readonly result: MissionResult;
  readonly because: string;
  readonly mergeCommit?: string;
  /** The commit that took it back, or why it is still there. */
  readonly reverted?: { readonly commit: string } | { readonly not: string };
}

export interface ChangeSetOutcome {
  readonly item: string;
  readonly result: MissionResult;
  readonly because: string;
  /** In their order. */
  readonly parts: readonly SetPartOutcome[];
}
