import type { Actor } from './signal.js';

/** Everything is halted, as the parts that have to obey are told. */
export interface Halt {
  /** Tells one halt from the next. */
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A halt as people see it. */
export interface HaltStatus extends Halt {
  readonly by: Actor;
  readonly reason: string;
}
