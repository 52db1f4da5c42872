import type { PayloadCodec } from '@temporalio/common';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import type { Logger } from 'pino';
import { z } from 'zod';
import { parse, RefusedInput } from '../schemas/parse.js';
import { readBody } from './body.js';
import type { CodecAccess } from './codec-access.js';
import { SIGN_IN_PAGE } from './codec-page.js';

// Temporal's remote codec contract: Temporal UI shows what is encrypted by asking here. Nothing is opened for anybody who
// is not known, and content is never logged.

export interface CodecServer {
  readonly codec: PayloadCodec;
  readonly access: CodecAccess;
  /** Of Temporal UI: pages of no other may call. */
  readonly uiOrigin: string;
}

export interface CodecRoutes extends CodecServer {
  readonly log: Pick<Logger, 'info'>;
}

/** An event may hold several payloads of 2 MB each, here as base64. */
const BODY_BYTES = 8 * 1024 * 1024;
/** Of everything in one answer: compressed payloads could be a hundred times as large as the request. */
const ANSWER_BYTES = 32 * 1024 * 1024;
const FORM_BYTES = 4 * 1024;

const Base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'expected base64');
const Payloads = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), Base64).default({}), data: Base64.default('') }))
    .max(1000, 'expected at most 1000'),
});
type Payloads = z.infer<typeof Payloads>;

export function codecRoutes({ codec, access, uiOrigin, log }: CodecRoutes): Hono {
  const app = new Hono();
  app.use(cors({ origin: uiOrigin, credentials: true, allowMethods: ['POST'], maxAge: 600 }));

  for (const way of ['encode', 'decode'] as const) {
    app.post(`/${way}`, async (c) => {
      const origin = c.req.header('origin');
      if (origin !== undefined && origin !== uiOrigin) {
        throw new HTTPException(403, { message: `pages of ${origin.slice(0, 200)} may not call the codec server` });
      }
      const who = await access.check(c.req.header('authorization'), c.req.header('cookie'));
      const { payloads } = await bodyOf(c.req.raw);
      const answer = await through(codec, way, payloads);
      log.info({ who, way, payloads: payloads.length }, 'payloads went through the codec server');
      return c.json({ payloads: answer });
    });
  }

  app.get('/sign-in', (c) => {
    // Browsers hold the redirect after the sign-in to it too.
    const csp = `default-src 'none'; form-action 'self' ${uiOrigin}; frame-ancestors 'none'`;
    c.header('Content-Security-Policy', csp);
    return c.html(SIGN_IN_PAGE);
  });

  app.post('/sign-in', async (c) => {
    const form = new URLSearchParams((await readBody(c.req.raw, FORM_BYTES)).toString());
    c.header('Set-Cookie', access.signIn(form.get('token') ?? '', { secure: uiOrigin.startsWith('https:') }));
    return c.redirect(uiOrigin, 303);
  });
  return app;
}

async function bodyOf(request: Request): Promise<Payloads> {
  const body = await readBody(request, BODY_BYTES);
  try {
    return parse(Payloads, JSON.parse(body.toString()), 'the request');
  } catch (error) {
    // What was sent is not repeated: it may be what must not be logged.
    const message = error instanceof RefusedInput ? error.message : 'the body is not JSON';
    throw new HTTPException(400, { message });
  }
}

async function through(codec: PayloadCodec, way: 'encode' | 'decode', payloads: Payloads['payloads']) {
  const answer: Payloads['payloads'] = [];
  let size = 0;
  for (const { metadata, data } of payloads) {
    const bytes = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
    const payload = { metadata: Object.fromEntries(bytes), data: Buffer.from(data, 'base64') };
    const [coded] = await codec[way]([payload]).catch((error: Error) => {
      throw new HTTPException(422, { message: error.message });
    });
    size += coded?.data?.length ?? 0;
    if (size > ANSWER_BYTES) throw new HTTPException(413, { message: 'these payloads are too large for one answer' });
    const texts = Object.entries(coded?.metadata ?? {}).map(([name, value]) => [name, base64(value)]);
    answer.push({ metadata: Object.fromEntries(texts), data: base64(coded?.data ?? new Uint8Array()) });
  }
  return answer;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
