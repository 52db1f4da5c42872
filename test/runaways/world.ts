import { AsyncLocalStorage } from 'node:async_hooks';
import { ActivityFailure, CancelledFailure } from '@temporalio/common';

// A small world in the place of Temporal: workflows, signals, timers and time, all by one seed. What is real in it is
// our code; what is not is the order in which things happen, which is worse than any server's.

export interface Cell {
  readonly id: string;
  readonly first: string;
  readonly handlers: Map<string, (...args: never[]) => unknown>;
  alive: boolean;
  cancelled: boolean;
  /** Ends what it waits for when it is cancelled. */
  readonly waits: Set<(error: Error) => void>;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const current = new AsyncLocalStorage<Cell>();

export class World {
  now = 1_000_000;
  readonly cells = new Map<string, Cell>();
  #queue: Event[] = [];
  #conditions = new Set<{ readonly holds: () => boolean; readonly done: (held: boolean) => void }>();
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2654435761 + 1;
  }

  /** mulberry32: from 0 up to 1. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  between(low: number, high: number): number {
    return Math.floor(low + this.random() * (high - low + 1));
  }

  later(delay: number, run: () => void): void {
    const event = { at: this.now + delay, order: this.random(), run };
    const index = this.#queue.findIndex(({ at, order }) => at > event.at || (at === event.at && order > event.order));
    if (index < 0) this.#queue.push(event);
    else this.#queue.splice(index, 0, event);
  }

  /** Until nobody is left who matters, or nothing happens any more. Gives the number of events. */
  async run(isOver: () => boolean, most: number): Promise<number> {
    for (let count = 0; ; count++) {
      await settle();
      while (this.#wake()) await settle();
      if (isOver() || count >= most) return count;
      const next = this.#queue.shift();
      if (!next) return count;
      this.now = next.at;
      next.run();
    }
  }

  spawn(id: string, first: string, work: () => Promise<void>): Cell {
    const cell: Cell = { id, first, handlers: new Map(), alive: true, cancelled: false, waits: new Set() };
    this.cells.set(id, cell);
    const end = () => {
      cell.alive = false;
    };
    current.run(cell, () => void work().then(end, end));
    return cell;
  }

  cancel(cell: Cell): void {
    cell.cancelled = true;
    for (const end of [...cell.waits]) end(new CancelledFailure('cancelled'));
  }

  cell(): Cell {
    const cell = current.getStore();
    if (!cell) throw new Error('not in a workflow');
    return cell;
  }

  condition(holds: () => boolean, timeout?: number): Promise<boolean> {
    return this.#wait((done) => {
      const waiting = { holds, done };
      this.#conditions.add(waiting);
      if (timeout !== undefined) this.later(timeout, () => this.#conditions.delete(waiting) && done(false));
    });
  }

  /** What a step of the workflow comes to; a cancelled workflow does not wait for it. */
  step<Result>(work: (done: (result: Result) => void, failed: (error: Error) => void) => void): Promise<Result> {
    return this.#wait(work);
  }

  signal(id: string, name: string, args: readonly unknown[]): Promise<void> {
    return new Promise((done, failed) => {
      this.later(this.between(1, 40), () => {
        const cell = this.cells.get(id);
        if (!cell?.alive) return failed(new Error(`there is no ${id}`));
        this.deliver(cell, name, args);
        done();
      });
    });
  }

  deliver(cell: Cell, name: string, args: readonly unknown[]): void {
    const handler = cell.handlers.get(name) as ((...args: readonly unknown[]) => unknown) | undefined;
    current.run(cell, () => void Promise.resolve(handler?.(...args)).catch(() => undefined));
  }

  #wait<Result>(begin: (done: (result: Result) => void, failed: (error: Error) => void) => void): Promise<Result> {
    const cell = this.cell();
    return new Promise((done, failed) => {
      if (!cell.alive) return;
      const cancel = (error: Error) => {
        cell.waits.delete(cancel);
        failed(error);
      };
      cell.waits.add(cancel);
      const live =
        <Value>(act: (value: Value) => void) =>
        (value: Value) => {
          // A workflow that was terminated hears nothing any more.
          if (cell.alive && cell.waits.delete(cancel)) act(value);
        };
      if (cell.cancelled) cancel(new CancelledFailure('cancelled'));
      else begin(live(done), live(failed));
    });
  }

  #wake(): boolean {
    let woken = false;
    for (const waiting of [...this.#conditions]) {
      if (!waiting.holds()) continue;
      this.#conditions.delete(waiting);
      waiting.done(true);
      woken = true;
    }
    return woken;
  }
}

/** Everything that follows at once has happened. */
function settle(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

export function activityFailure(cause: Error): ActivityFailure {
  return new ActivityFailure('it failed', 'callModel', '1', 'RETRY_POLICY_NOT_SET', 'worker', cause);
}
