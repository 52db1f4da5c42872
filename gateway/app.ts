import { trace } from '@opentelemetry/api';
import { type Context, Hono, type Next } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { isUnavailable } from '../adapters/temporal/client.js';
import { RefusedInput } from '../schemas/parse.js';
import type { Signal } from '../schemas/signal.js';
import { readBody } from './body.js';
import { type CodecServer, codecRoutes } from './codec.js';
import type { Dispatcher } from './dispatch.js';
import { linearSource } from './linear.js';
import { checkBearer, submittedSignal } from './signals.js';

// The front door's routes. A 200 means that Temporal has the signal; every other answer means that it must come again.

export interface AppOptions {
  readonly dispatcher: Dispatcher;
  /** Throws the reason while Temporal can't take signals. */
  readonly ready: () => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly label: string;
  /** Without it there is no Linear webhook. */
  readonly webhookSecret: string | undefined;
  /** Without it there is no `POST /signals`. */
  readonly token: string | undefined;
  /** Without it Temporal UI can't have payloads decoded. */
  readonly codec?: CodecServer | undefined;
}

const RETRY_AFTER_S = 5;
/** Signals that wait for Temporal at once. What comes beyond is asked to come again before its body is read. */
const MOST_WAITING = 256;

export function createApp(options: AppOptions): Hono {
  const { ready, log, webhookSecret, token, label } = options;
  const app = new Hono();
  app.use(inSpan);
  app.on('POST', ['/webhooks/*', '/signals'], bounded(log));
  const linear = webhookSecret ? linearSource({ webhookSecret, label }) : undefined;

  app.post('/webhooks/linear', async (c) => {
    if (!linear) throw new HTTPException(404, { message: 'Linear webhooks are off: LINEAR_WEBHOOK_SECRET is not set' });
    const signature = c.req.header('linear-signature');
    const deliveryId = c.req.header('linear-delivery');
    const body = await readBody(c.req.raw);
    const received = refusing(422, () => linear({ body, signature, deliveryId }));
    if ('ignored' in received) {
      log.info({ source: 'linear', delivery: deliveryId, ignored: received.ignored }, 'webhook ignored');
      return c.json({ ignored: received.ignored });
    }
    return dispatch(c, received.signal, options);
  });

  app.post('/signals', async (c) => {
    if (!token) throw new HTTPException(404, { message: 'POST /signals is off: SIGNALBOX_TOKEN is not set' });
    checkBearer(c.req.header('authorization'), token);
    const body = await readBody(c.req.raw);
    const signal = refusing(400, () => submittedSignal(body, c.req.header('content-type')));
    return dispatch(c, signal, options);
  });

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

async function dispatch(c: Context, signal: Signal, { dispatcher, log }: AppOptions): Promise<Response> {
  const { id, source, type, subject } = signal;
  const started = performance.now();
  const { workflowId, accepted } = await dispatcher.signal(signal);
  const ms = Math.round(performance.now() - started);
  log.info({ source, type, subject, delivery: id, workflowId, accepted, ms }, 'signal dispatched');
  return c.json({ workflowId, accepted });
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
  const where = { method: c.req.method, path: c.req.path, delivery: c.req.header('linear-delivery') };
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
