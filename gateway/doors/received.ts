import { parse } from '../../schemas/parse.js';
import { type Actor, Signal } from '../../schemas/signal.js';
import type { Source } from '../../schemas/source.js';
import { sha256 } from '../digest.js';
import type { Delivery, Received } from './door.js';

// From what a door understood to signals. Texts are cut to what a signal may carry: a long one is no reason to refuse.

/** What a door says of one signal; the rest of its envelope is the same for all of a delivery. */
export interface Event {
  readonly type: Signal['type'];
  /** Key of the item at the source. */
  readonly subject: string;
  /** By default the delivery's: a monitor that sends many in one names each. */
  readonly id?: string;
  /** ISO 8601 or milliseconds since the epoch; by default now. */
  readonly time?: string | number | null | undefined;
  readonly data: Signal['data'];
}

export interface Understood {
  readonly source: Source;
  readonly delivery: Delivery;
  /** The sender's id of the delivery; without one, the hash of its body. */
  readonly id: string | undefined;
  readonly events: readonly Event[];
}

/** Throws `RefusedInput` for what could not be a key or an id. */
export function received({ source, delivery, id, events }: Understood): Received {
  const bodyhash = sha256(delivery.body);
  const signals = events.map((event) => ({
    specversion: '1.0',
    id: event.id ?? (id || bodyhash),
    source,
    type: event.type,
    subject: event.subject,
    time: isoTime(event.time),
    bodyhash,
    data: event.data,
  }));
  return { signals: signals.map((signal) => parse(Signal, signal, `the ${source} webhook`)) };
}

/** Now for what is no moment: an event is not lost over a clock. */
export function isoTime(time: string | number | null | undefined): string {
  const ms = typeof time === 'string' ? Date.parse(time) : (time ?? Number.NaN);
  const known = Number.isFinite(ms) && ms >= 0 && ms < LAST_MS;
  return new Date(known ? ms : Date.now()).toISOString();
}

/** Years of five digits are written in another form. */
const LAST_MS = Date.UTC(10_000, 0);

export function actor(id: string | number | null | undefined, name?: string | null): { actor?: Actor } {
  if (id === null || id === undefined || id === '') return {};
  return { actor: { id: String(id), ...(name ? { name: name.slice(0, 200) } : {}) } };
}

/** One line of at most so many characters; undefined when nothing is left. */
export function line(text: string | null | undefined, most: number): string | undefined {
  return text?.replace(/\s+/g, ' ').trim().slice(0, most) || undefined;
}
