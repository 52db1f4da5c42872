import type { OddDelivery } from '../adapters/quarantine/quarantine.js';
import { RefusedInput } from '../schemas/parse.js';
import type { Dispatched, Dispatcher } from './dispatch.js';
import type { Delivery, Door, Received } from './doors/door.js';

// What was kept because nobody understood it, through the same door again: after an update, or a change of the
// configuration. It was verified when it came.

export type LookedAgain =
  /** Temporal has them: it need not be kept any more. */
  | { readonly dispatched: readonly Dispatched[] }
  | { readonly ignored: string }
  /** As before, or anew. */
  | { readonly odd: string };

export interface LookAgain {
  readonly odd: OddDelivery;
  readonly door: Door;
  readonly dispatcher: Dispatcher;
}

/** Throws when Temporal does not take a signal: nothing is lost, since it is still kept. */
export async function lookAgain({ odd, door, dispatcher }: LookAgain): Promise<LookedAgain> {
  const received = receivedAgain(door, deliveryOf(odd));
  if (!('signals' in received)) return received;
  const dispatched: Dispatched[] = [];
  for (const signal of received.signals) dispatched.push(await dispatcher.signal(signal));
  return { dispatched };
}

function receivedAgain(door: Door, delivery: Delivery): Received {
  if (!door.again) return { odd: `the door ${door.name} can't look at a delivery again` };
  try {
    return door.again(delivery);
  } catch (error) {
    if (error instanceof RefusedInput) return { odd: error.message };
    throw error;
  }
}

function deliveryOf({ body, headers }: OddDelivery): Delivery {
  return {
    body: Buffer.from(body, 'base64'),
    header: (name) => headers[name.toLowerCase()],
    query: () => undefined,
  };
}
