import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Replies, type Reply, serveReplies } from './testing.js';
import { answered, call, counts, DONE, data, delta, finish, KEY, said } from './testing-openai.js';

let server: Replies;
beforeEach(async () => {
  server = await serveReplies();
});
afterEach(() => server.close());

describe('an answer of chat/completions', () => {
  it('comes piece by piece, and whole with what it used', async () => {
    server.answer(said({ role: 'assistant', reasoning_content: 'Hm.' }, { content: 'It is ' }, { content: 'red.' }));
    const pieces: [string, boolean][] = [];
    const onText = (piece: string, thought: boolean) => pieces.push([piece, thought]);
    expect(await answered(server, {}, { watch: { onText } })).toEqual({
      id: 'c-1',
      model: 'local/coder',
      stop: 'end',
      message: {
        role: 'assistant',
        parts: [
          {
            type: 'thinking',
            provider: 'local',
            text: 'Hm.',
            opaque: { field: 'reasoning_content', text: 'Hm.' },
          },
          { type: 'text', text: 'It is red.' },
        ],
      },
      usage: { input: 40, output: 20, cacheRead: 60, cacheWrite: 0 },
      durationMs: expect.any(Number),
    });
    expect(pieces).toEqual([
      ['Hm.', true],
      ['It is ', false],
      ['red.', false],
    ]);
    expect(server.received[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body: { stream: true, stream_options: { include_usage: true } },
    });
  });

  it('needs no key', async () => {
    server.answer(said({ content: 'Yes' }));
    await answered(server, {}, { apiKey: undefined });
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
  });

  const call1 = { type: 'tool-call', id: 'a', name: 'read', input: { path: 'x.ts' } };
  const call2 = { type: 'tool-call', id: 'b', name: 'submit', input: {} };
  const whole = (id: string, name: string, args: string, index?: number) => ({
    ...(index !== undefined && { index }),
    ...{ id, type: 'function', function: { name, arguments: args } },
  });

  it.each<[string, object[], string, object[]]>([
    [
      'in pieces',
      delta(
        { tool_calls: [whole('a', 'read', '', 0)] },
        { tool_calls: [{ index: 0, function: { arguments: '{"pa' } }] },
        { tool_calls: [{ index: 0, function: { arguments: 'th":"x.ts"}' } }] },
        { tool_calls: [whole('b', 'submit', '{}', 1)] },
      ),
      'tool_calls',
      [call1, call2],
    ],
    [
      'whole and without a number',
      delta({ tool_calls: [whole('a', 'read', '{"path":"x.ts"}'), whole('b', 'submit', '{}')] }),
      'stop',
      [call1, call2],
    ],
    [
      'all under one number',
      delta({ tool_calls: [whole('a', 'read', '{"path":"x.ts"}', 0)] }, { tool_calls: [whole('b', 'submit', '', 0)] }),
      'stop',
      [call1, call2],
    ],
    ['without an id', delta({ tool_calls: [whole('', 'submit', '', 0)] }), 'tool_calls', [{ ...call2, id: 'c-1-0' }]],
    [
      'with input that is no JSON',
      delta({ tool_calls: [whole('b', 'submit', '{x', 0)] }),
      'stop',
      [{ ...call2, input: '{x' }],
    ],
  ])('calls tools %s', async (_what, chunks, reason, parts) => {
    server.answer({ chunks: [...data(...chunks, finish(reason), counts), DONE] });
    expect(await answered(server)).toMatchObject({ stop: 'tools', message: { parts } });
  });

  it.each([
    ['stop', 'end'],
    ['length', 'length'],
    ['content_filter', 'refusal'],
  ])('that finished with %s is one of %s', async (reason, stop) => {
    server.answer({ chunks: [...data(finish(reason), counts), DONE] });
    expect(await answered(server)).toMatchObject({
      stop,
      message: { parts: [{ type: 'text', text: '[nothing said]' }] },
    });
  });

  it('that refuses in words is a refusal', async () => {
    server.answer(said({ refusal: 'I will not' }));
    expect(await answered(server)).toMatchObject({ stop: 'refusal', message: { parts: [{ text: 'I will not' }] } });
  });

  it('is not free when nobody counted: it is estimated, rather too high', async () => {
    server.answer({ chunks: [...data(...delta({ content: 'It is red.' }), finish('stop')), DONE] });
    const { usage } = await answered(server);
    expect(usage.input).toBeGreaterThan(JSON.stringify(server.received[0]?.body).length / 4);
    expect(usage).toMatchObject({ output: 4, cacheRead: 0, cacheWrite: 0 });
  });

  it('is read however it is cut and kept alive', async () => {
    const whole = `: ping\r\n\r\n${said({ content: 'Größe' }).chunks?.join('').replaceAll('\n', '\r\n')}`;
    server.answer({ chunks: [...whole] });
    expect(await answered(server)).toMatchObject({ message: { parts: [{ type: 'text', text: 'Größe' }] } });
  });
});

describe('trouble with chat/completions', () => {
  const error = (status: number, body: unknown, headers = {}): Reply => ({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    chunks: [typeof body === 'string' ? body : JSON.stringify({ error: body })],
  });
  const begun = data(...delta({ content: 'It' }));
  const quota = { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' };

  it.each<[string, Reply, object]>([
    [
      '429',
      error(429, { message: 'Slow down' }, { 'retry-after-ms': '1500' }),
      { kind: 'rate-limited', retryAfterMs: 1500 },
    ],
    ['429 of no money', error(429, quota), { kind: 'quota' }],
    ['402', error(402, { message: 'Pay' }), { kind: 'quota' }],
    ['500', error(500, 'Internal Server Error'), { kind: 'unavailable' }],
    ['503', error(503, '<html>'), { kind: 'unavailable' }],
    ['408', error(408, { message: 'Too slow' }), { kind: 'unavailable' }],
    ['401', error(401, { message: `Incorrect API key provided: ${KEY}` }), { kind: 'unauthorized' }],
    ['404', error(404, { message: 'model "coder" not found' }), { kind: 'refused' }],
    ['422', error(422, { message: 'tools: not supported' }), { kind: 'refused' }],
    ['400', error(400, { message: 'too long', code: 'context_length_exceeded' }), { kind: 'refused' }],
    ['a redirect', error(302, '', { location: '/elsewhere' }), { kind: 'unavailable' }],
    [
      'an error in a stream',
      { chunks: [...begun, ...data({ error: { message: 'Oh', code: 502 } })] },
      { kind: 'unavailable' },
    ],
    ['no money in a stream', { chunks: [...begun, ...data({ error: quota })] }, { kind: 'quota' }],
    ['a stream that breaks', { chunks: begun, ending: 'cut' }, { kind: 'unavailable' }],
    ['a stream without a reason to end', { chunks: [...begun, DONE] }, { kind: 'unavailable' }],
    ['a stream without its end', { chunks: [...begun, ...data(finish('stop'))] }, { kind: 'unavailable' }],
    ['a page', { headers: { 'content-type': 'text/html' }, chunks: ['<html>'] }, { kind: 'unavailable' }],
    ['no JSON', { chunks: [...begun, 'data: {nonsense\n\n'] }, { kind: 'refused' }],
    ['JSON of no meaning', { chunks: data({ choices: 7 }) }, { kind: 'refused' }],
    ['a reason that nobody knows', { chunks: [...begun, ...data(finish('tired')), DONE] }, { kind: 'refused' }],
    ['tools that it does not call', { chunks: [...begun, ...data(finish('tool_calls')), DONE] }, { kind: 'refused' }],
    ['a silence too long', { chunks: begun, ending: 'hang' }, { kind: 'unavailable' }],
  ])('%s', async (_what, reply, trouble) => {
    server.answer(reply);
    const outcome = await call(server, {}, { timeoutMs: 3_000 });
    expect(outcome).toEqual({ trouble, message: expect.stringContaining('local/coder') });
    expect(JSON.stringify(outcome)).not.toContain(KEY);
    expect(server.received).toHaveLength(1);
  });

  it('is none when the caller gives up: its reason is thrown', async () => {
    server.answer({ chunks: begun, ending: 'hang' });
    const controller = new AbortController();
    const given = new Error('cancelled');
    const watch = { signal: controller.signal, onText: () => controller.abort(given) };
    await expect(call(server, {}, { watch })).rejects.toBe(given);
  });
});

describe('the span of a call', () => {
  const exporter = new InMemorySpanExporter();
  beforeEach(() => {
    exporter.reset();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });
  afterEach(() => trace.disable());

  it('says which model used what, and nothing of what was said', async () => {
    server.answer(said({ content: 'It is red.' }));
    await answered(server);
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        name: 'chat coder',
        kind: SpanKind.CLIENT,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'local',
          'gen_ai.request.model': 'coder',
          'gen_ai.usage.input_tokens': 100,
          'gen_ai.usage.output_tokens': 20,
        },
      },
    ]);
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(({ attributes, events }) => [attributes, events])),
    ).not.toMatch(/red|mend/);
  });

  it('has failed when there is no answer', async () => {
    server.answer({ status: 500 });
    await call(server);
    expect(exporter.getFinishedSpans()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'unavailable' } },
    ]);
  });
});
