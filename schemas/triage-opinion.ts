import type { BlobRef } from './blob-ref.js';

// What a model thinks of an item, and what has been decided about it before. Pure types: safe in workflows.

/** Of one text: it decides nothing by itself. */
export interface ItemOpinion {
  /** SHA-256 of the text that was read. */
  readonly of: string;
  /** What the model handed in, a `TriagerOutput`; without one `none` says why. */
  readonly output?: BlobRef;
  readonly none?: string;
  readonly model?: string;
  /** Null: its price is unknown. */
  readonly usd: number | null;
}

/** That it was declined or split, or that this was proposed. A person who has said something since then goes first. */
export interface Stood {
  readonly by: 'rules' | 'model';
  /** Answers that were there then: all of them, and those that were not given at the source. */
  readonly answers: number;
  readonly given: number;
}
