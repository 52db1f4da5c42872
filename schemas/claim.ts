import type { Signature } from './signature.js';
import type { ItemSource } from './work-item.js';

// Between triages and `dedupe`, which says whose work a fault is.

/** An item that is about to become work. */
export interface Claim {
  /** Of the triage: `<source>/<subject>`. */
  readonly key: string;
  readonly triage: string;
  readonly item: string;
  readonly source: ItemSource;
  readonly title: string;
  /** Undefined while it is not known. */
  readonly repo?: string;
  readonly signature: Signature;
  /** False: not clear enough to be work by itself. */
  readonly mayLead: boolean;
  /** Since its first signal came. */
  readonly waitedMs?: number;
  /** Who said which repository it is about, where rules did not: what people had moved before, or a model. */
  readonly routedBy?: 'correction' | 'model';
}

/** Another item that this one was compared with. */
export interface Kin {
  readonly key: string;
  readonly triage: string;
  readonly item: string;
  readonly source: ItemSource;
  readonly title: string;
  readonly because: string;
  /** Its work is over. */
  readonly closed?: string;
}

export type ClaimAnswer =
  | { readonly decision: 'lead'; readonly near: readonly Kin[] }
  | { readonly decision: 'fold'; readonly into: Kin }
  /** Of one that may not lead: nobody leads it. */
  | { readonly decision: 'none'; readonly near: readonly Kin[] };

export interface DedupeStatus {
  /** Newest first. */
  readonly open: readonly LeadView[];
  readonly closed: number;
  readonly claims: number;
  readonly folded: number;
  readonly near: number;
  readonly corrections: Readonly<Record<'split' | 'merge' | 'move', number>>;
  /** From an item's first signal until it was decided where it belongs. */
  readonly time: {
    readonly medianMs: number;
    readonly p95Ms: number;
    readonly longestMs: number;
    readonly late: number;
  };
  /** Items that were decided on; `untouched`: the share of them that no person had to put right, null without any. */
  readonly decided: { readonly items: number; readonly corrected: number; readonly untouched: number | null };
  /** How often corrections decided: two were kept apart, an item went where its like was moved. */
  readonly used: { readonly apart: number; readonly moved: number };
  /** Items whose repository a model named. */
  readonly byModel: number;
  /** Open ones that were let go because there were too many. */
  readonly forgotten: number;
}

export interface LeadView {
  readonly key: string;
  readonly item: string;
  readonly title: string;
  readonly repo?: string;
  readonly since: string;
  readonly folded: readonly { readonly key: string; readonly title: string; readonly because: string }[];
  readonly near: readonly { readonly key: string; readonly because: string }[];
}
