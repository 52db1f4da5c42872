import type { TurnWanted } from '../schemas/merge-turn.js';
import type { MergeQueueStatus } from './messages.js';

interface Waiting extends TurnWanted {
  /** ISO 8601: when the wish came. */
  readonly since: string;
}

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

  /** The next one, when nobody has the turn. */
  give(): TurnWanted | undefined {
    const { data } = this;
    const next = data.holder ? undefined : data.waiting.shift();
    if (!next) return undefined;
    data.holder = { ...next, since: new Date().toISOString() };
    data.given++;
    return next;
  }

  hasWork(): boolean {
    return this.data.holder !== undefined || this.data.waiting.length > 0;
  }

  status(): MergeQueueStatus {
    const { holder, waiting, given, lost } = this.data;
    const view = ({ item, priority, since }: Waiting) => ({ item, priority, since });
    return { repo: this.#repo, ...(holder && { holder: view(holder) }), waiting: waiting.map(view), given, lost };
  }
}
