import type { BatchPlace, ReadyChange, TurnWanted } from '../schemas/merge-turn.js';
import type { BatchCounts, MergeQueueStatus } from './messages-standing.js';

interface Waiting extends TurnWanted {
  /** ISO 8601: when the wish came. */
  readonly since: string;
  /** It was in a batch that was red because of it: it is validated by itself. */
  alone?: boolean;
}

export interface Ready {
  readonly key: string;
  readonly item: string;
  readonly change: ReadyChange;
}

/** How many changes are validated together at most: a red batch costs the logarithm of it. */
const BATCH = 16;

/** Plain data that continue-as-new carries. */
export interface MergeQueueData {
  /** Whose turn it is; `since` is when it was given. */
  holder?: Waiting;
  /** In the order in which they get it. */
  waiting: Waiting[];
  /** Turns given so far. */
  given: number;
  /** Of these, how many were never handed back: their holder had ended. */
  lost: number;
  /** Places of those that were validated together, by their keys, in the order of their turns. */
  batch?: { readonly key: string; readonly place: BatchPlace }[];
  batches?: BatchCounts;
}

export interface Batched {
  /** Green together, in order. */
  readonly places: readonly { readonly key: string; readonly place: BatchPlace }[];
  /** Keys of those that are to be validated by themselves. */
  readonly alone: readonly string[];
  readonly validations: number;
}

/** One turn at a time, by priority and then by arrival; the workflow file wires and waits. */
export class MergeQueueState {
  readonly data: MergeQueueData;
  readonly #repo: string;

  constructor(repo: string, data?: MergeQueueData) {
    this.#repo = repo;
    this.data = data ?? { waiting: [], given: 0, lost: 0 };
  }

  want(turn: TurnWanted): void {
    const { holder, waiting } = this.data;
    if ([...(holder ? [holder] : []), ...waiting].some(({ key }) => key === turn.key)) return;
    const behind = waiting.findIndex(({ priority }) => priority > turn.priority);
    waiting.splice(behind < 0 ? waiting.length : behind, 0, { ...turn, since: new Date().toISOString() });
  }

  /** Of a turn that was given, or of a wish that is no more. */
  returned(key: string): void {
    const { data } = this;
    if (data.holder?.key === key) delete data.holder;
    data.waiting = data.waiting.filter((turn) => turn.key !== key);
  }

  /** Its holder has ended with it. */
  lost(key: string): void {
    if (this.data.holder?.key !== key) return;
    this.data.lost++;
    this.returned(key);
  }

  /** The next one, when nobody has the turn; `batch`: its place among those that were validated together. */
  give(): (TurnWanted & { readonly batch?: BatchPlace }) | undefined {
    const { data } = this;
    if (data.holder) return undefined;
    const place = this.#nextOfBatch();
    const next = place ? data.waiting.find(({ key }) => key === place.key) : data.waiting[0];
    if (!next) return undefined;
    data.waiting = data.waiting.filter((one) => one !== next);
    data.holder = { ...next, since: new Date().toISOString() };
    data.given++;
    return { ...next, ...(place && { batch: place.place }) };
  }

  /** Whoever of a batch does not want to any more is left out: those behind it come to another tree and notice. */
  #nextOfBatch() {
    const { data } = this;
    for (;;) {
      const place = data.batch?.shift();
      if (data.batch?.length === 0) delete data.batch;
      if (!place) return undefined;
      if (data.waiting.some(({ key }) => key === place.key)) return place;
    }
  }

  /** Those that can be validated together now, in their order; fewer than two are no batch. */
  ready(): Ready[] {
    const { holder, batch, waiting } = this.data;
    if (holder || batch) return [];
    const [first, ...others] = waiting;
    if (!first?.ready || first.alone) return [];
    const like = others.filter(
      ({ alone, ready }) => !alone && ready?.blueprint.sha256 === first.ready?.blueprint.sha256,
    );
    const all = [first, ...like].slice(0, BATCH);
    if (all.length < 2) return [];
    return all.flatMap(({ key, item, ready }) => (ready ? [{ key, item, change: ready }] : []));
  }

  /** What came of validating them together. */
  batched({ places, alone, validations }: Batched): void {
    const { data } = this;
    const { batches = { changes: 0, validations: 0, culprits: 0 } } = data;
    if (places.length > 0) data.batch = [...places];
    data.batches = {
      changes: batches.changes + places.length,
      validations: batches.validations + validations,
      culprits: batches.culprits + alone.length,
    };
    // Whoever holds others up goes after them, by itself.
    const behind = data.waiting.filter(({ key }) => alone.includes(key));
    const before = data.waiting.filter(({ key }) => !alone.includes(key));
    data.waiting = [...before, ...behind.map((turn) => ({ ...turn, alone: true }))];
  }

  hasWork(): boolean {
    return this.data.holder !== undefined || this.data.waiting.length > 0;
  }

  status(): MergeQueueStatus {
    const { holder, waiting, given, lost, batches } = this.data;
    const view = ({ item, priority, since }: Waiting) => ({ item, priority, since });
    return {
      ...{ repo: this.#repo, ...(holder && { holder: view(holder) }), waiting: waiting.map(view), given, lost },
      ...(batches && { batches }),
    };
  }
}
