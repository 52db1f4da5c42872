import type { ApprovalQuestion, AskedBack } from '../schemas/approval.js';
import type { Person } from '../schemas/people.js';
import type { ItemSource } from '../schemas/work-item.js';

// What the outside must offer so that people can be asked, and so that an answer can be told from a forgery.

/** What a question looks like now, wherever it is shown. */
export interface ApprovalCard {
  readonly question: ApprovalQuestion;
  /** Where the item of the mission came from. */
  readonly source: ItemSource;
  readonly state: 'open' | 'approved' | 'rejected' | 'expired' | 'stale' | 'cancelled';
  /** What has just happened, and so what is worth a notification. */
  readonly news: 'asked' | 'reminded' | 'escalated' | 'asked-back' | 'replied' | 'handed-over' | 'counted' | 'closed';
  /** From 1: later news have higher numbers. */
  readonly revision: number;
  /** Equal keys are one piece of news, however often it is tried. */
  readonly effectKey: string;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly deadline: string;
  /** Whoever may answer now, in words. */
  readonly who: string;
  /** Whoever is asked now, looked up at this moment: for mentions. At most 20. */
  readonly asked: readonly Person[];
  /** Of the change, where the question is about one. */
  readonly size?: { readonly files: number; readonly added: number; readonly removed: number } | undefined;
  /** Names of those whose yes counts so far, and how many are needed. */
  readonly given: readonly string[];
  readonly needed: number;
  /** Who asked back what, and what was answered. */
  readonly talk: readonly AskedBack[];
  /** Whoever decided, and why; when it is closed by a person. */
  readonly by?: string;
  readonly reason: string;
}

/** A place besides the ticket where questions are shown: a thread, a pull request. */
export interface ApprovalBoard {
  readonly name: string;
  /** Shows the card, or brings the one that is there up to date. Runs in an activity; its effects go through effects.ts. */
  show(card: ApprovalCard): Promise<void>;
}
