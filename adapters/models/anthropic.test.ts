import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Replies, type Reply, serveReplies, user } from './testing.js';
import {
  answered,
  call,
  ended,
  event,
  HAIKU,
  KEY,
  said,
  started,
  stopped,
  text,
  thinking,
  toolUse,
} from './testing-anthropic.js';

let server: Replies;
beforeEach(async () => {
  server = await serveReplies();
});
afterEach(() => server.close());

describe("an answer of Anthropic's", () => {
  it('comes piece by piece, and whole with what it used', async () => {
    server.answer({ chunks: [started, ...thinking(0, 'Hm.', 's1'), ...text(1, 'It is ', 'red.'), ended('end_turn')] });
    const pieces: [string, boolean][] = [];
    const onText = (piece: string, thought: boolean) => pieces.push([piece, thought]);
    const outcome = await call(server, {}, { watch: { onText } });
    expect(pieces).toEqual([
      ['Hm.', true],
      ['It is ', false],
      ['red.', false],
    ]);
    expect(outcome).toEqual({
      answer: {
        id: 'msg_1',
        model: HAIKU,
        stop: 'end',
        message: {
          role: 'assistant',
          parts: [
            {
              type: 'thinking',
              provider: 'anthropic',
              text: 'Hm.',
              opaque: {
                block: { type: 'thinking', thinking: 'Hm.', signature: 's1' },
                after: expect.stringMatching(/^[0-9a-f]{32}$/),
              },
            },
            { type: 'text', text: 'It is red.' },
          ],
        },
        usage: { input: 12, output: 25, cacheRead: 300, cacheWrite: 40 },
        durationMs: expect.any(Number),
      },
    });
    expect(server.received[0]).toMatchObject({ path: '/v1/messages', headers: { authorization: `Bearer ${KEY}` } });
  });

  it('calls tools with input that came in pieces', async () => {
    const chunks = [started, ...toolUse(0, 'a', '{"pa', 'th":"x', '.ts"}'), ...toolUse(1, 'b'), ended('tool_use')];
    server.answer({ chunks });
    expect(await answered(server)).toMatchObject({
      stop: 'tools',
      message: {
        parts: [
          { type: 'tool-call', id: 'a', name: 'read', input: { path: 'x.ts' } },
          { type: 'tool-call', id: 'b', name: 'read', input: {} },
        ],
      },
    });
  });

  it('is kept when the input of a tool is no JSON, and can be sent back', async () => {
    server.answer({ chunks: [started, ...toolUse(0, 'a', '{path: x}'), ended('tool_use')] }, said('I see'));
    const { message } = await answered(server);
    expect(message.parts).toEqual([{ type: 'tool-call', id: 'a', name: 'read', input: '{path: x}' }]);
    await answered(server, { messages: [user('Go'), message, user('Once more')] });
    expect(server.received.at(-1)?.body).toMatchObject({
      messages: [{}, { content: [{ input: { unreadable: '{path: x}' } }] }, {}],
    });
  });

  it.each([
    ['end_turn', 'end'],
    ['stop_sequence', 'end'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'refusal'],
  ])('that stopped with %s is one of %s', async (reason, stop) => {
    server.answer({ chunks: [started, ended(reason)] });
    expect(await answered(server)).toMatchObject({
      stop,
      message: { parts: [{ type: 'text', text: '[nothing said]' }] },
    });
  });
});

describe('trouble with Anthropic', () => {
  const error = (status: number, type: string, message: string, headers = {}): Reply => ({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    chunks: [JSON.stringify({ type: 'error', error: { type, message } })],
  });
  const within = (type: string): Reply => ({
    chunks: [started, event({ type: 'error', error: { type, message: 'Sorry' } })],
  });

  it.each<[string, Reply, object]>([
    [
      '429',
      error(429, 'rate_limit_error', 'Slow down', { 'retry-after': '7' }),
      { kind: 'rate-limited', retryAfterMs: 7000 },
    ],
    ['529', error(529, 'overloaded_error', 'Overloaded'), { kind: 'unavailable' }],
    ['500', error(500, 'api_error', 'Oh'), { kind: 'unavailable' }],
    ['401', error(401, 'authentication_error', `invalid x-api-key ${KEY}`), { kind: 'unauthorized' }],
    ['403', error(403, 'permission_error', 'Not you'), { kind: 'unauthorized' }],
    ['400', error(400, 'invalid_request_error', 'max_tokens: too large'), { kind: 'refused' }],
    ['404', error(404, 'not_found_error', 'model: claude-next'), { kind: 'refused' }],
    ['413', error(413, 'request_too_large', 'Too large'), { kind: 'refused' }],
    ['no credit', error(400, 'invalid_request_error', 'Your credit balance is too low'), { kind: 'quota' }],
    ['no paid bill', error(403, 'billing_error', 'Pay'), { kind: 'quota' }],
    ['overload in a stream', within('overloaded_error'), { kind: 'unavailable' }],
    ['a limit in a stream', within('rate_limit_error'), { kind: 'rate-limited' }],
    ['a stream that breaks', { chunks: [started, ...text(0, 'It')], ending: 'cut' }, { kind: 'unavailable' }],
    ['a stream that ends too early', { chunks: [started, ...text(0, 'It')] }, { kind: 'unavailable' }],
    [
      'a stream without its last event',
      { chunks: [started, ...text(0, 'It'), stopped('end_turn')] },
      { kind: 'unavailable' },
    ],
    [
      'a stream without a reason to end',
      { chunks: [started, ...text(0, 'It'), event({ type: 'message_stop' })] },
      { kind: 'unavailable' },
    ],
    ['a page', { headers: { 'content-type': 'text/html' }, chunks: ['<html>'] }, { kind: 'unavailable' }],
    ['no JSON', { chunks: [started, 'event: message_delta\ndata: {nonsense\n\n'] }, { kind: 'refused' }],
    ['JSON of no meaning', { chunks: [event({ type: 'message_start', message: 7 })] }, { kind: 'refused' }],
    ['a stop that nobody knows', { chunks: [started, ...text(0, 'It'), ended('tired')] }, { kind: 'refused' }],
    ['tools that it does not call', { chunks: [started, ...text(0, 'It'), ended('tool_use')] }, { kind: 'refused' }],
    ['a silence too long', { chunks: [started], ending: 'hang' }, { kind: 'unavailable' }],
  ])('%s', async (_what, reply, trouble) => {
    server.answer(reply);
    const outcome = await call(server, {}, { timeoutMs: 3_000 });
    expect(outcome).toEqual({ trouble, message: expect.stringContaining(HAIKU) });
    expect(JSON.stringify(outcome)).not.toContain(KEY);
    expect(server.received).toHaveLength(1);
  });

  it('is a value when nobody listens', async () => {
    await server.close();
    expect(await call(server)).toMatchObject({
      trouble: { kind: 'unavailable' },
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await serveReplies();
  });

  it('says what came instead of a stream', async () => {
    server.answer({ headers: { 'content-type': 'text/html' }, chunks: ['<html>'] });
    expect(await call(server)).toMatchObject({ message: expect.stringContaining('text/html') });
  });

  it('says which variable holds the key', async () => {
    server.answer(error(401, 'authentication_error', 'invalid x-api-key'));
    expect(await call(server)).toMatchObject({ message: expect.stringContaining('ANTHROPIC_API_KEY') });
  });

  it('is none when the caller gives up: its reason is thrown', async () => {
    server.answer({ chunks: [started, ...text(0, 'It')], ending: 'hang' });
    const controller = new AbortController();
    const given = new Error('cancelled');
    const onText = () => controller.abort(given);
    await expect(call(server, {}, { watch: { signal: controller.signal, onText } })).rejects.toBe(given);
  });
});

describe('the span of a call of Anthropic', () => {
  const exporter = new InMemorySpanExporter();
  beforeEach(() => {
    exporter.reset();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });
  afterEach(() => trace.disable());

  it("is the SDK's own and the only one, with what was used and nothing of what was said", async () => {
    server.answer(said('It is red.'));
    await answered(server);
    const spans = exporter.getFinishedSpans().map(({ name, attributes, events }) => ({ name, attributes, events }));
    expect(spans).toMatchObject([
      { attributes: { 'gen_ai.request.model': 'claude-haiku-5-5', 'gen_ai.usage.output_tokens': 25 } },
    ]);
    expect(JSON.stringify(spans)).not.toMatch(/red\.|mend/);
  });
});
