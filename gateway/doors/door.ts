import type { Signal } from '../../schemas/signal.js';

// What every door is: one source, its verification and its mapping. The app around them reads, counts and answers.

/** One request at a door, as it came. */
export interface Delivery {
  /** The raw bytes: signatures and hashes are over these. */
  readonly body: Buffer;
  /** By its name in any case; undefined when it is not there. */
  header(name: string): string | undefined;
  /** Of the query string of the address. */
  query(name: string): string | undefined;
}

/** What a door makes of a delivery that is verified. */
export type Received =
  /** Answered with success only when Temporal has every one of them. */
  | { readonly signals: readonly Signal[] }
  /** Understood, and nothing to do. */
  | { readonly ignored: string }
  /** From the right sender, but not understood: kept for people to look at. */
  | { readonly odd: string };

export interface Door {
  /** Its address is `/webhooks/<name>`. */
  readonly name: string;
  /** The header that carries the sender's id of the delivery, for the log. */
  readonly deliveryHeader?: string;
  /** Headers besides it that say what a delivery is about: they are kept with what is odd. None is a secret. */
  readonly meaningHeaders?: readonly string[];
  /**
   * Throws an `HTTPException` with 401 for whatever is not proven to be the source's own and timely, before it looks at
   * anything else, and `RefusedInput` for what the source would never send.
   */
  receive(delivery: Delivery): Received | Promise<Received>;
  /** What it makes of one that was verified when it came: for what is taken out of quarantine. */
  again?(delivery: Delivery): Received;
}
