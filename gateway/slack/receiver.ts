import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Receiver } from '@slack/bolt';
import { RefusedInput } from '../../schemas/parse.js';
import type { Delivery } from '../doors/door.js';
import { parseJson } from '../doors/json.js';
import type { Secrets } from '../doors/verify.js';
import { verify } from './verify.js';

// How what Slack sends reaches bolt, by HTTP and by Socket Mode alike: acknowledged within 3 s whatever happens, and an
// event only when Temporal has what it asked for, so that Slack sends again what got lost.

/** Slack shows an error after 3 s, and sends an event again. */
const ACK_MS = 2_600;

/** How long a listener may still answer by its acknowledgement; after that it has the response address. */
export interface AckWindow {
  open: boolean;
}

export interface Attended {
  /** The acknowledgement: a body, or nothing. */
  readonly body?: unknown;
  /** Slack is to send it again. */
  readonly again?: true;
}

/** What is answered over HTTP. */
export interface HttpAnswer {
  readonly status: 200 | 503;
  readonly body: unknown;
}

export class SlackReceiver implements Receiver {
  readonly #secrets: Secrets;
  #app: App | undefined;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  init(app: App): void {
    this.#app = app;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  /** Throws 401 for what is not Slack's, `RefusedInput` for what Slack would never send. */
  async receive(delivery: Delivery): Promise<HttpAnswer> {
    verify(delivery, this.#secrets);
    const body = bodyOf(delivery);
    if (body.type === 'url_verification') return { status: 200, body: { challenge: body.challenge } };
    if (!this.#app) throw new Error('bolt has not been started');
    const retry = Number(delivery.header('x-slack-retry-num'));
    const attended = await attend(this.#app, body, Number.isInteger(retry) ? retry : undefined);
    return attended.again ? { status: 503, body: { error: 'send it again' } } : { status: 200, body: attended.body };
  }
}

export type SlackBody = Record<string, unknown>;

/** Resolves with what Slack is to be answered, in time. Throws what a listener threw before it was acknowledged. */
export async function attend(app: App, body: SlackBody, retryNum?: number): Promise<Attended> {
  const window: AckWindow = { open: true };
  const isEvent = body.type === 'event_callback';
  let acknowledge: (attended: Attended) => void = () => undefined;
  const acknowledged = new Promise<Attended>((resolve) => {
    acknowledge = resolve;
  });
  const work = app.processEvent({
    body,
    ...(retryNum !== undefined && { retryNum }),
    customProperties: { window },
    // Bolt acknowledges an event before its listeners have seen it: that is too early.
    ack: async (answer?: unknown) => {
      if (!isEvent) acknowledge({ body: answer });
    },
  });
  const late = new AbortController();
  const inTime = sleep(ACK_MS, undefined, { signal: late.signal, ref: false });
  const tooLate = inTime.then((): Attended => (isEvent ? { again: true } : {})).catch((): Attended => ({}));
  // What fails after the acknowledgement is for the log.
  work.catch(() => undefined);
  const done = work.then((): Attended => ({}));
  try {
    return await Promise.race(isEvent ? [done, tooLate] : [acknowledged, done, tooLate]);
  } catch (error) {
    throw unwrapped(error);
  } finally {
    window.open = false;
    late.abort();
  }
}

/** Bolt wraps what it does not know. */
function unwrapped(error: unknown): unknown {
  const { original } = (error ?? {}) as { readonly original?: unknown };
  return original instanceof Error ? original : error;
}

/** JSON for events, a form for everything else, in which what people pressed is JSON again. */
function bodyOf({ body, header }: Delivery): SlackBody {
  const what = "Slack's request";
  if (header('content-type')?.toLowerCase().startsWith('application/json')) return objectOf(parseJson(body, what));
  const fields = Object.fromEntries(new URLSearchParams(body.toString()));
  return fields.payload === undefined ? fields : objectOf(parseJson(Buffer.from(fields.payload), what));
}

function objectOf(value: unknown): SlackBody {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SlackBody;
  throw new RefusedInput("Slack's request", ['expected an object']);
}
