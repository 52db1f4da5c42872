import { trace } from '@opentelemetry/api';
import { type Context, Hono, type Next } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import type { Quarantine } from '../adapters/quarantine/quarantine.js';
import { isUnavailable } from '../adapters/temporal/client.js';
import { RefusedInput } from '../schemas/parse.js';
import type { Signal } from '../schemas/signal.js';
import { SOURCES } from '../schemas/source.js';
import { type ApprovalDoor, approvalRoutes } from './approvals.js';
import { readBody } from './body.js';
import { answerClick, type ClickReceipt } from './clicks.js';
import { type CodecServer, codecRoutes } from './codec.js';
import type { Dispatched, Dispatcher } from './dispatch.js';
import type { Delivery, Door, Received } from './doors/door.js';
import { checkBearer, submittedSignal } from './signals.js';
import type { HttpAnswer } from './slack/receiver.js';

// The front door's routes. A 200 means that Temporal has the signal; every other answer means that it must come again.

export interface AppOptions {
  readonly dispatcher: Dispatcher;
  /** Throws the reason while Temporal can't take signals. */
  readonly ready: () => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Those that are open; the others answer that they are not. */
  readonly doors: readonly Door[];
  /** Slack is answered in its own way. */
  readonly slack?: ((delivery: Delivery) => Promise<HttpAnswer>) | undefined;
  readonly quarantine: Pick<Quarantine, 'keep'>;
  /** Without it there is no `POST /signals`. */
  readonly token: string | undefined;
  /** Without it nobody answers questions here. */
  readonly approvals?: ApprovalDoor | undefined;
  /** Without it Temporal UI can't have payloads decoded. */
  readonly codec?: CodecServer | undefined;
}

const RETRY_AFTER_S = 5;
/** Signals that wait for Temporal at once. What comes beyond is asked to come again before its body is read. */
const MOST_WAITING = 256;
/** Of why it was not understood: a thousand alerts can be wrong a thousand times. */
const REASON_CHARACTERS = 2_000;
/** Of one delivery. */
const SIGNALS_AT_ONCE = 16;

export function createApp(options: AppOptions): Hono {
  const { ready, log, token, doors } = options;
  const app = new Hono();
  app.use(inSpan);
  app.on('POST', ['/webhooks/*', '/signals', '/approvals/*'], bounded(log));

  const { slack } = options;
  if (slack) app.post('/webhooks/slack', (c) => receiveSlack(c, slack, options));

  app.post('/webhooks/:door', async (c) => {
    const door = doors.find(({ name }) => name === c.req.param('door'));
    if (!door) throw new HTTPException(404, { message: whyShut(c.req.param('door')) });
    return receive(c, door, options);
  });

  app.post('/signals', async (c) => {
    if (!token) throw new HTTPException(404, { message: 'POST /signals is off: SIGNALBOX_TOKEN is not set' });
    checkBearer(c.req.header('authorization'), token);
    const body = await readBody(c.req.raw);
    const signal = refusing(400, () => submittedSignal({ body, headers: c.req.header() }));
    return dispatch(c, signal, options);
  });

  if (options.approvals) app.route('/approvals', approvalRoutes(options.approvals, log));
  if (options.codec) app.route('/codec', codecRoutes({ ...options.codec, log }));

  app.get('/healthz', (c) => c.json({ ok: true }));

  app.get('/readyz', async (c) => {
    try {
      await ready();
      return c.json({ ready: true });
    } catch (error) {
      return c.json({ ready: false, reason: error instanceof Error ? error.message : 'unknown' }, 503);
    }
  });

  app.notFound((c) => c.json({ error: `there is no ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => answerError(error, c, log));
  return app;
}

/** The trace of a mission begins at the door; what is logged on the way carries its id. */
function inSpan(c: Context, next: Next): Promise<void> {
  return trace.getTracer('signalbox').startActiveSpan(`${c.req.method} ${c.req.path}`, async (span) => {
    await next();
    span.setAttribute('http.response.status_code', c.res.status);
    span.end();
  });
}

/** Back-pressure: a slow Temporal makes senders wait at their side, not here in memory. */
function bounded(log: AppOptions['log']): (c: Context, next: Next) => Promise<Response | undefined> {
  let waiting = 0;
  return async (c, next) => {
    if (waiting >= MOST_WAITING) {
      log.warn({ path: c.req.path, waiting }, 'too many signals wait for Temporal');
      c.header('Retry-After', String(RETRY_AFTER_S));
      return c.json({ error: 'too many signals are under way; nothing was accepted, so send it again' }, 503);
    }
    waiting++;
    try {
      await next();
      return undefined;
    } finally {
      waiting--;
    }
  };
}

/** What comes from the right sender is answered with success once it is kept: sent again it would be as odd. */
async function receive(c: Context, door: Door, options: AppOptions): Promise<Response> {
  const delivery = await deliveryOf(c);
  const received = await understood(() => door.receive(delivery));
  const id = door.deliveryHeader && c.req.header(door.deliveryHeader);
  const where = { source: door.name, delivery: id };
  if ('ignored' in received) {
    options.log.info({ ...where, ignored: received.ignored }, 'webhook ignored');
    return c.json({ ignored: received.ignored });
  }
  if ('odd' in received) return keepOdd(c, { door, reason: received.odd, id, body: delivery.body }, options);
  const [first, ...more] = received.signals;
  if (first && more.length === 0) return dispatch(c, first, options);
  const dispatched = await sendAll(received.signals, options);
  return c.json({ signals: dispatched });
}

/** What a later look at it needs besides the body. */
function meaning(c: Context, { deliveryHeader, meaningHeaders = [] }: Odd['door']): Record<string, string> {
  const names = ['content-type', ...(deliveryHeader ? [deliveryHeader] : []), ...meaningHeaders];
  return Object.fromEntries(names.flatMap((name) => [[name, c.req.header(name) ?? '']]).filter(([, value]) => value));
}

/** A group of a thousand alerts takes a few places at Temporal and not all of them. */
async function sendAll(signals: readonly Signal[], options: AppOptions): Promise<readonly Answered[]> {
  const dispatched: Answered[] = [];
  const waiting = signals.entries();
  const lane = async () => {
    for (const [n, signal] of waiting) dispatched[n] = await send(signal, options);
  };
  await Promise.all(Array.from({ length: SIGNALS_AT_ONCE }, lane));
  return dispatched;
}

async function deliveryOf(c: Context): Promise<Delivery> {
  const body = await readBody(c.req.raw);
  return { body, header: (name) => c.req.header(name), query: (name) => c.req.query(name) };
}

interface Odd {
  readonly door: Pick<Door, 'name' | 'deliveryHeader' | 'meaningHeaders'>;
  readonly reason: string;
  readonly id: string | undefined;
  readonly body: Buffer;
}

async function keepOdd(
  c: Context,
  { door, reason: whole, id, body }: Odd,
  { quarantine, log }: AppOptions,
): Promise<Response> {
  const reason = whole.slice(0, REASON_CHARACTERS);
  const kept = await quarantine.keep({
    ...{ door: door.name, reason, at: new Date().toISOString(), body, headers: meaning(c, door) },
    ...(id !== undefined && { delivery: id }),
  });
  log.warn({ source: door.name, delivery: id, quarantine: kept, reason }, 'webhook not understood');
  return c.json({ quarantined: kept, reason }, 202);
}

/** Bolt answers Slack in its own way: what people see is in the body. */
async function receiveSlack(
  c: Context,
  slack: NonNullable<AppOptions['slack']>,
  options: AppOptions,
): Promise<Response> {
  const delivery = await deliveryOf(c);
  try {
    const { status, body } = await slack(delivery);
    if (status === 503) c.header('Retry-After', String(RETRY_AFTER_S));
    return body === undefined || body === '' ? c.body('', status) : c.json(body, status);
  } catch (error) {
    if (!(error instanceof RefusedInput)) throw error;
    return keepOdd(c, { door: { name: 'slack' }, reason: error.message, id: undefined, body: delivery.body }, options);
  }
}

async function understood(receiving: () => Received | Promise<Received>): Promise<Received> {
  try {
    return await receiving();
  } catch (error) {
    if (error instanceof RefusedInput) return { odd: error.message };
    throw error;
  }
}

function whyShut(name: string): string {
  const source = SOURCES.find((known) => known === name);
  if (source === undefined) return `there is no door "${name}"`;
  const secret = source === 'slack' ? 'SLACK_SIGNING_SECRET' : `${source.toUpperCase()}_WEBHOOK_SECRET`;
  return `${source} webhooks are off: ${secret} is not set`;
}

async function dispatch(c: Context, signal: Signal, options: AppOptions): Promise<Response> {
  return c.json(await send(signal, options));
}

interface Answered extends Dispatched {
  readonly answers?: readonly ClickReceipt[];
}

async function send(signal: Signal, { dispatcher, log, approvals }: AppOptions): Promise<Answered> {
  const { id, source, type, subject } = signal;
  const started = performance.now();
  const { workflowId, accepted } = await dispatcher.signal(signal);
  const ms = Math.round(performance.now() - started);
  log.info({ source, type, subject, delivery: id, workflowId, accepted, ms }, 'signal dispatched');
  const answers = approvals ? await answerClick(signal, approvals.approver, log) : [];
  return { workflowId, accepted, ...(answers.length > 0 && { answers }) };
}

/** Input that a schema refuses is the sender's to mend, with this status. */
function refusing<T>(status: ContentfulStatusCode, parseInput: () => T): T {
  try {
    return parseInput();
  } catch (error) {
    if (error instanceof RefusedInput) throw new HTTPException(status, { message: error.message, cause: error });
    throw error;
  }
}

/** The one place where an error becomes an answer: what is not meant for the caller stays in the log. */
function answerError(error: Error, c: Context, log: AppOptions['log']): Response {
  const where = { method: c.req.method, path: c.req.path };
  if (error instanceof HTTPException) {
    const { status, message, cause } = error;
    log.warn({ ...where, status, reason: message }, 'request refused');
    if (status === 413) c.header('Connection', 'close');
    if (status === 401 && c.req.path === '/signals') c.header('WWW-Authenticate', 'Bearer');
    return c.json({ error: message, ...(cause instanceof RefusedInput ? { problems: cause.problems } : {}) }, status);
  }
  if (isUnavailable(error)) {
    log.error({ ...where, err: error }, 'Temporal is away');
    c.header('Retry-After', String(RETRY_AFTER_S));
    return c.json({ error: 'Temporal does not answer; nothing was accepted for sure, so send it again' }, 503);
  }
  log.error({ ...where, err: error }, 'request failed');
  return c.json({ error: 'internal error' }, 500);
}
