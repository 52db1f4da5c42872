import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeModels } from './fake-models.js';
import { byRole, type FakeCall } from './script.js';

const read = { name: 'read', input_schema: { type: 'object' as const } };
const ask = { model: 'claude-fake', max_tokens: 4096 };
const thinking = { type: 'enabled' as const, budget_tokens: 1024 };

let models: FakeModels;
let anthropic: Anthropic;

beforeEach(async () => {
  models = new FakeModels();
  await models.start();
  anthropic = new Anthropic({ apiKey: models.apiKey, baseURL: models.anthropicUrl, maxRetries: 0 });
});
afterEach(() => models.close());

/** A request by hand, for what a well-behaved client never sends. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${models.anthropicUrl}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-api-key': models.apiKey,
      authorization: `Bearer ${models.apiKey}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

async function refusalOf(body: object): Promise<string> {
  const response = await post('/v1/messages', { ...ask, ...body });
  const { error } = (await response.json()) as { error: { type: string; message: string } };
  expect([response.status, error.type]).toEqual([400, 'invalid_request_error']);
  return error.message;
}

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const use = (id: string) => ({ type: 'tool_use', id, name: 'read', input: { path: 'a' } });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'text of a' });

describe("Anthropic's API", () => {
  it.each([true, false])('says what the script says, as a stream: %s', async (streamed) => {
    models.script(() => ({
      thinking: 'Hm. '.repeat(99),
      text: 'I read it.',
      tools: [{ name: 'read', input: { n: 1 } }],
    }));
    const request = { ...ask, thinking, tools: [read], messages: [{ role: 'user' as const, content: 'Look' }] };
    const message = streamed
      ? await anthropic.messages.stream(request).finalMessage()
      : await anthropic.messages.create(request);
    expect(message).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Hm. '.repeat(99) },
        { type: 'text', text: 'I read it.' },
        { type: 'tool_use', name: 'read', input: { n: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: { cache_read_input_tokens: 0 },
    });
    expect([...models.paid.values()]).toEqual([1]);
    // What it said is what it takes back.
    models.script(({ turn, messages }) => ({ text: `turn ${turn}, ${messages.at(-1)?.toolResults[0]?.name}` }));
    const results = message.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'done' }] : [],
    );
    const next = await anthropic.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content: message.content },
        { role: 'user', content: results },
      ],
    });
    expect(next.content).toMatchObject([{ text: 'turn 1, read' }]);
  });

  it('refuses what the original refuses', async () => {
    models.script(() => ({ text: 'fine' }));
    const tools = [read];
    expect(await refusalOf({ messages: [] })).toContain('at least one message');
    expect(await refusalOf({ messages: [user('a')], max_token: 1 })).toContain('max_token');
    expect(await refusalOf({ messages: [user('a')], max_tokens: undefined })).toContain('max_tokens');
    expect(await refusalOf({ messages: [assistant('a')] })).toContain('first message must use the "user" role');
    expect(await refusalOf({ messages: [user('a'), user('b')] })).toContain('roles must alternate');
    expect(await refusalOf({ messages: [user('a'), assistant('b')] })).toContain('must end with a user message');
    expect(await refusalOf({ messages: [user([{ type: 'text', text: ' ' }])] })).toContain('non-whitespace');
    const called = [user('a'), assistant([use('t1'), use('t2')])];
    expect(await refusalOf({ tools, messages: [...called, user([result('t1')])] })).toContain(
      'blocks immediately after: t2',
    );
    expect(await refusalOf({ tools, messages: [...called, user([result('t3')])] })).toContain(
      'unexpected `tool_use_id`',
    );
    const late = user([{ type: 'text', text: 'first' }, result('t1'), result('t2')]);
    expect(await refusalOf({ tools, messages: [...called, late] })).toContain('immediately after: t1, t2');
    expect(await refusalOf({ messages: [...called, user([result('t1'), result('t2')])] })).toContain(
      'must define tools',
    );
    expect(
      await refusalOf({ tools, messages: [user('a'), assistant([use('t1'), use('t1')]), user([result('t1')])] }),
    ).toContain('unique');
    expect(await refusalOf({ tools, tool_choice: { type: 'tool', name: 'write' }, messages: [user('a')] })).toContain(
      "'write' not found",
    );
    expect(await refusalOf({ tools, thinking, tool_choice: { type: 'any' }, messages: [user('a')] })).toContain(
      'forces tool use',
    );
    expect(await refusalOf({ thinking, max_tokens: 1024, messages: [user('a')] })).toContain('greater than');
    const forged = assistant([
      { type: 'thinking', thinking: 'Hm', signature: 'forged' },
      { type: 'text', text: 'b' },
    ]);
    expect(await refusalOf({ messages: [user('a'), forged, user('c')] })).toContain('Invalid `signature`');
    const marked = Array.from({ length: 5 }, () => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }));
    expect(await refusalOf({ messages: [user(marked)] })).toContain('maximum of 4 blocks');
    expect(models.paid.size).toBe(0);
  });

  it('misses the thinking that led to a tool call', async () => {
    models.script(() => ({ thinking: 'Hm', tools: [{ name: 'read', input: {} }] }));
    const request = { ...ask, thinking, tools: [read], messages: [{ role: 'user' as const, content: 'Look' }] };
    const { content } = await anthropic.messages.create(request);
    const called = content.at(-1);
    if (called?.type !== 'tool_use') throw new Error('no call');
    const messages = [user('Look'), assistant([use(called.id)]), user([result(called.id)])];
    expect(await refusalOf({ ...request, messages })).toContain('Expected `thinking`');
  });

  it('answers trouble as the original does', async () => {
    const call = () => anthropic.messages.create({ ...ask, messages: [{ role: 'user', content: 'a' }] });
    models.script(() => ({ fault: { status: 429, headers: { 'retry-after': '3' } } }));
    await expect(call()).rejects.toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });
    const limited = await post('/v1/messages', { ...ask, messages: [user('a')] });
    expect(limited.headers.get('retry-after')).toBe('3');
    models.outage('anthropic', true);
    await expect(call()).rejects.toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
    models.outage('anthropic', false);
    const stranger = await post('/v1/messages', {}, { 'x-api-key': 'wrong' });
    expect([stranger.status, await stranger.json()]).toMatchObject([401, { error: { type: 'authentication_error' } }]);
    models.script(() => ({ text: 'a long answer '.repeat(50), fault: 'cut' }));
    await expect(call()).rejects.toThrow();
    await expect(
      anthropic.messages.stream({ ...ask, messages: [{ role: 'user', content: 'a' }] }).finalMessage(),
    ).rejects.toThrow();
    models.script(() => ({ fault: 'hang' }));
    const patience = { timeout: 50 };
    await expect(
      anthropic.messages.create({ ...ask, messages: [{ role: 'user', content: 'a' }] }, patience),
    ).rejects.toThrow(/timed out/);
    models.script(() => ({ fault: 'nonsense' }));
    expect(typeof (await call())).toBe('string');
    expect(models.paid.size).toBe(0);
    models.script(() => ({ fault: 'refusal' }));
    expect(await call()).toMatchObject({ stop_reason: 'refusal' });
    models.script(() => {
      throw new Error('a mistake');
    });
    await expect(call()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('a mistake') });
    expect(models.scriptErrors).toHaveLength(1);
  });

  it('does not count an answer as paid that nobody waited for', async () => {
    models.script(() => ({ text: 'a long answer '.repeat(50), paceMs: 20 }));
    const streaming = anthropic.messages.stream({ ...ask, messages: [{ role: 'user', content: 'a' }] });
    streaming.on('text', () => streaming.abort());
    await expect(streaming.finalMessage()).rejects.toThrow();
    expect(models.paid.size).toBe(0);
  });

  it('remembers marked prefixes, and forgets them when something before changes', async () => {
    models.script(() => ({ text: 'fine' }));
    const mark = { cache_control: { type: 'ephemeral' as const } };
    const usageOf = async (system: string, first: string, second: string) =>
      (
        await anthropic.messages.create({
          ...ask,
          system: [{ type: 'text', text: system, ...mark }],
          messages: [
            { role: 'user', content: first },
            { role: 'assistant', content: 'b' },
            { role: 'user', content: [{ type: 'text', text: second, ...mark }] },
          ],
        })
      ).usage;
    const first = await usageOf('s'.repeat(400), 'a', 'c');
    expect(first.cache_read_input_tokens).toBe(0);
    expect(first.cache_creation_input_tokens).toBeGreaterThan(100);
    const again = await usageOf('s'.repeat(400), 'a', 'c');
    expect(again.cache_read_input_tokens).toBe(first.cache_creation_input_tokens);
    expect(again.cache_creation_input_tokens).toBe(0);
    const other = await usageOf('s'.repeat(400), 'A', 'c');
    expect(other.cache_read_input_tokens).toBeGreaterThan(100);
    expect(other.cache_creation_input_tokens).toBeGreaterThan(0);
    expect((await usageOf('S', 'a', 'c')).cache_read_input_tokens).toBe(0);
  });
});

describe("OpenAI's API", () => {
  const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }];
  const toolCall = { id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } };
  const openai = (body: object, headers = {}) => post('/v1/chat/completions', { model: 'gpt-5', ...body }, headers);

  it('says what the script says', async () => {
    models.script(({ turn }) => (turn === 0 ? { tools: [{ name: 'read', input: { path: 'a' } }] } : { text: 'fine' }));
    const first = await openai({ tools, messages: [{ role: 'system', content: 's' }, user('Look')] });
    expect(await first.json()).toMatchObject({
      choices: [
        {
          message: { content: null, tool_calls: [{ function: { name: 'read', arguments: '{"path":"a"}' } }] },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens_details: { cached_tokens: 0 } },
    });
    const answered = [user('Look'), { role: 'assistant', tool_calls: [toolCall] }];
    const done = await openai({
      tools,
      stream: true,
      stream_options: { include_usage: true },
      messages: [...answered, { role: 'tool', tool_call_id: 'call_1', content: 'x' }, user('And now?')],
    });
    const lines = (await done.text()).split('\n\n').filter(Boolean);
    expect(lines.at(-1)).toBe('data: [DONE]');
    expect(JSON.parse(lines.at(-2)?.slice(6) ?? '')).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    const chunks = lines.slice(0, -2).map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? '');
    expect(chunks.join('')).toBe('fine');
  });

  it('refuses what the original refuses', async () => {
    const refusal = async (body: object) => {
      const response = await openai(body);
      const { error } = (await response.json()) as { error: { type: string; message: string } };
      expect([response.status, error.type]).toEqual([400, 'invalid_request_error']);
      return error.message;
    };
    const called = [user('a'), { role: 'assistant', tool_calls: [toolCall] }];
    expect(await refusal({ tools, messages: called })).toContain('did not have response messages: call_1');
    expect(await refusal({ tools, messages: [...called, user('b')] })).toContain('call_1');
    const stray = { role: 'tool', tool_call_id: 'call_2', content: 'x' };
    expect(await refusal({ tools, messages: [...called, stray] })).toContain("role 'tool' must be a response");
    expect(await refusal({ messages: [user('a')], stream_options: { include_usage: true } })).toContain(
      'stream_options',
    );
    expect(await refusal({ messages: [user('a')], tool_choice: 'auto' })).toContain('tool_choice');
    expect(await refusal({ messages: [user('a')], thinking: {} })).toContain('thinking');
    const stranger = await openai({ messages: [user('a')] }, { authorization: 'Bearer wrong' });
    expect([stranger.status, await stranger.json()]).toMatchObject([401, { error: { code: 'invalid_api_key' } }]);
    models.outage('openai', true);
    expect((await openai({ messages: [user('a')] })).status).toBe(503);
  });
});

describe('a script', () => {
  it('is chosen by the role that the system prompt names, and sees the whole conversation', async () => {
    const seen: FakeCall[] = [];
    models.script(
      byRole({
        coder: (call) => {
          seen.push(call);
          return { text: 'coded' };
        },
        planner: () => ({ text: 'planned' }),
      }),
    );
    const say = async (system: string) => {
      const messages = [
        { role: 'user' as const, content: 'a' },
        {
          role: 'assistant' as const,
          content: [{ type: 'tool_use' as const, id: 't1', name: 'read', input: { n: 1 } }],
        },
        {
          role: 'user' as const,
          content: [
            { type: 'tool_result' as const, tool_use_id: 't1', content: 'broken', is_error: true },
            { type: 'text' as const, text: 'go on' },
          ],
        },
      ];
      return (await anthropic.messages.create({ ...ask, system, tools: [read], messages })).content;
    };
    expect(await say('Role: planner@2\nPlan.')).toMatchObject([{ text: 'planned' }]);
    expect(await say('Be good.\nRole: coder@1\nCode.')).toMatchObject([{ text: 'coded' }]);
    expect(seen).toEqual([
      {
        provider: 'anthropic',
        model: 'claude-fake',
        system: 'Be good.\nRole: coder@1\nCode.',
        messages: [
          { role: 'user', texts: ['a'], toolCalls: [], toolResults: [] },
          { role: 'assistant', texts: [], toolCalls: [{ name: 'read', input: { n: 1 } }], toolResults: [] },
          {
            role: 'user',
            texts: ['go on'],
            toolCalls: [],
            toolResults: [{ name: 'read', text: 'broken', isError: true }],
          },
        ],
        tools: ['read'],
        lastUser: 'go on',
        turn: 1,
      },
    ]);
    await expect(say('Role: stranger@1')).rejects.toThrow('no script for role stranger');
  });
});
