import type { EffectEntry, EffectKind } from '../schemas/effect.js';

// The writing half of what the outside offers. Only the mechanism of effects.ts calls `act`, and only the factories
// whose activities are effects may see these types: `npm run check` enforces it.

export interface Comment {
  /** Business key of the item, for example `ENG-101`. */
  readonly item: string;
  readonly body: string;
  /** Equal keys make one comment, however often it is tried. */
  readonly effectKey: string;
}

export interface StateChange {
  readonly item: string;
  readonly state: 'started' | 'completed' | 'stopped';
  readonly effectKey: string;
}

export interface RefUpdate {
  readonly repo: string;
  readonly branch: string;
  readonly commit: string;
  /** What the branch must be now; null when it must not exist. */
  readonly expected: string | null;
}

/** What each kind of effect asks for. Flat: values are texts, or null. */
export interface EffectRequests extends Record<EffectKind, object> {
  push: RefUpdate;
  merge: RefUpdate;
  comment: Comment;
  state: StateChange;
}

/** What a look at the provider finds. */
export type Sight =
  /** The effect has been made: what is left of it. */
  | { readonly trace: string }
  /** Others were there first, and it can't be made any more. */
  | { readonly moved: string | null }
  /** It has not been made. `mark`: how the provider looks now, in its own terms, for a later look. */
  | { readonly absent: true; readonly mark?: string };

export type Acted = { readonly trace: string; readonly already: boolean } | { readonly moved: string | null };

/** How one provider makes one kind of effect. */
export interface EffectProvider<Request> {
  /** How long `act` takes at most: then it has ended its calls, whatever their answer. */
  readonly actMs: number;
  /** Whether the provider itself refuses a write that comes late or for a second time. */
  readonly fenced: boolean;
  /** `mark`: of the look before the first attempt that may have written. */
  look(request: Request, watch: { readonly signal: AbortSignal; readonly mark?: string }): Promise<Sight>;
  /** One write, never retried in here; equal requests change nothing twice where the provider can tell. */
  act(request: Request, watch: { readonly signal: AbortSignal }): Promise<Acted>;
}

export interface TrackerWrites {
  readonly comments: EffectProvider<Comment>;
  readonly states: EffectProvider<StateChange>;
}

export interface ForgeWrites {
  /**
   * Sets a branch to a commit of the depot, if it still is what was expected: compare and swap, so that a late writer
   * changes nothing.
   */
  readonly refs: EffectProvider<RefUpdate>;
}

/** What was intended and what was done, by the key of the effect. Append-only. */
export interface EffectLedger {
  /** Oldest first. Throws when what is kept can't be read. */
  read(key: string): Promise<readonly EffectEntry[]>;
  /** Lasts when it returns. */
  append(entry: EffectEntry): Promise<void>;
}
