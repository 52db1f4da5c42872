import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { QuotaWait } from '../schemas/agent.js';
import type { FakeModels } from '../test/fakes/models/fake-models.js';
import { CLAUDE, fakedModelCalls, GPT, type ModelCalls } from '../test/model-calls.js';
import type { PaidAnswers } from './ports-models.js';

let fake: FakeModels;
let calls: ModelCalls;

beforeEach(async () => {
  ({ fake, calls } = await fakedModelCalls());
});
afterEach(() => calls.close());

const providers = () => fake.requests.map(({ provider }) => provider);

describe('a call of a model', () => {
  it('keeps what was said and says what it cost', async () => {
    fake.script(({ lastUser }) => ({
      thinking: 'Hm.',
      text: `I was told: ${lastUser.includes('gate lint failed')}`,
      tools: [{ name: 'read', input: { path: 'a' } }],
      usage: { input: 1000, output: 200, cacheRead: 10_000, cacheWrite: 0 },
    }));
    const log = await calls.blobs.put(`${'x'.repeat(9_000)}</quoted> hush-hush THE END`, 'text/plain');
    const opened = await calls.open();
    const result = await calls.call({ ...opened, inbox: [{ from: 'gates', text: 'gate lint failed', blobs: [log] }] });
    expect(result).toMatchObject({
      ...{ model: CLAUDE, stop: 'tools', calls: 1, context: 11_200, said: 'I was told: true' },
      usd: 0.003,
    });
    expect(result.instead).toBeUndefined();
    const messages = await calls.messagesOf(result.conversation);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'user', 'assistant']);
    expect(messages[2]?.parts.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool-call']);
    const [told] = messages[1]?.parts ?? [];
    const text = told?.type === 'text' ? told.text : '';
    expect(text).toMatch(/^<notice from="gates">\ngate lint failed\n<\/notice>\n<quoted from="gates, sha256:/);
    expect(text).toContain('characters left out here]');
    expect(text).toContain('&lt;/quoted> [redacted] THE END\n</quoted>');
    expect(text.length).toBeLessThan(6_400);
  });

  it('is not paid for again by a worker that goes on after the first one died', async () => {
    fake.script(() => ({ text: 'Only once.', tools: [{ name: 'read', input: {} }] }));
    const opened = await calls.open();
    const dies: PaidAnswers = {
      get: calls.answers.get,
      put: async (key, answer) => {
        await calls.answers.put(key, answer);
        throw new Error('the worker is gone');
      },
    };
    await expect(calls.call(opened, 'callModel', dies)).rejects.toThrow('the worker is gone');
    const second = await calls.call(opened);
    expect(second).toMatchObject({ said: 'Only once.', calls: 1 });
    expect(await calls.call(opened)).toEqual(second);
    expect(fake.requests).toHaveLength(1);
    // Something else to say makes another call.
    await calls.call({ ...opened, inbox: [{ from: 'gates', text: 'red' }] });
    expect(fake.requests).toHaveLength(2);
    expect([...fake.paid.values()]).toEqual([1, 1]);
  });

  it('goes to another provider during an outage, and back when it is over', async () => {
    fake.script(() => ({ text: 'Here.' }));
    fake.outage('anthropic', true);
    const opened = await calls.open();
    for (let n = 1; n <= 4; n++) {
      const result = await calls.call({ ...opened, n });
      expect(result.model).toBe(GPT);
      expect(result.usd).toBeNull();
      expect(result.instead).toMatch(/^openai\/gpt-x instead of anthropic\/claude-haiku-4-5: .*Overloaded/i);
    }
    // After three failures it is not even asked.
    expect(providers().filter((name) => name === 'anthropic')).toHaveLength(3);
    fake.outage('anthropic', false);
    expect((await calls.call({ ...opened, n: 5 })).model).toBe(GPT);
    calls.pass(30_000);
    const back = await calls.call({ ...opened, n: 6 });
    expect([back.model, back.instead]).toEqual([CLAUDE, undefined]);
  });

  it('is measured once for each time that a provider was really asked, and hides its words from traces', async () => {
    fake.script(() => ({ text: 'Here.', usage: { input: 1000, output: 200, cacheRead: 0, cacheWrite: 0 } }));
    fake.outage('anthropic', true);
    const opened = await calls.open();
    await calls.call(opened);
    await calls.call(opened);
    expect(calls.measured).toMatchObject([
      { provider: 'anthropic', model: CLAUDE, role: 'coder', error: 'unavailable' },
      { provider: 'openai', model: GPT, role: 'coder', usage: { input: 1000, output: 200 }, usd: null },
    ]);
    expect(calls.measured[0]).not.toHaveProperty('usd');
    expect(calls.hidden).toContain('hush-hush');
  });

  it('prefers the model that the conversation is with', async () => {
    fake.script(() => ({ text: 'Here.' }));
    const opened = await calls.open();
    const result = await calls.call({ ...opened, prefer: GPT });
    expect([result.model, result.instead]).toEqual([GPT, undefined]);
    expect((await calls.call({ ...opened, n: 2, prefer: 'of/another-rung' })).model).toBe(CLAUDE);
  });

  it('waits as long as the only provider asks for, within bounds', async () => {
    const opened = await calls.open([CLAUDE]);
    const asks = (seconds: string) =>
      fake.script(() => ({ fault: { status: 429, headers: { 'retry-after': seconds } } }));
    asks('7');
    await expect(calls.call(opened)).rejects.toMatchObject({
      ...{ type: 'RateLimited', nonRetryable: false, nextRetryDelay: 7_000 },
      message: expect.stringContaining(CLAUDE),
    });
    asks('0');
    await expect(calls.call(opened)).rejects.toMatchObject({ type: 'RateLimited', nextRetryDelay: 1_000 });
    asks('86400');
    const started = Date.now();
    const refused = await calls.call(opened).catch((error: unknown) => error);
    expect(refused).toMatchObject({ type: 'QuotaExhausted', nonRetryable: true });
    const [{ until, longestMs }] = (refused as { details: [QuotaWait] }).details;
    expect(Date.parse(until) - started).toBeGreaterThanOrEqual(86_400_000);
    expect(longestMs).toBe(86_400_000);
    fake.script(() => ({ text: 'Here.' }));
    await expect(calls.call(opened)).rejects.toMatchObject({ type: 'QuotaExhausted' });
    expect(fake.requests).toHaveLength(3);
  });

  it('is tried later when all are overloaded', async () => {
    fake.script(() => ({ fault: { status: 529 } }));
    await expect(calls.call(await calls.open())).rejects.toMatchObject({
      ...{ type: 'ModelUnavailable', nonRetryable: false },
      message: expect.stringMatching(/claude-haiku-4-5.*gpt-x/),
    });
    expect(providers()).toEqual(['anthropic', 'openai']);
  });

  it('asks nobody else when an answer broke off that may be paid for: one call is all that was reserved for', async () => {
    fake.script(() => ({ text: 'A long answer. '.repeat(50), fault: 'cut' }));
    await expect(calls.call(await calls.open())).rejects.toMatchObject({
      ...{ type: 'AnswerLost', nonRetryable: true, details: [{ model: CLAUDE }] },
      message: expect.stringMatching(/claude-haiku-4-5/),
    });
    expect(providers()).toEqual(['anthropic']);
    expect(fake.paid.size).toBe(0);
  });

  it('ends for good only when no model can ever take it', async () => {
    fake.script(({ provider }) => ({ fault: { status: provider === 'anthropic' ? 401 : 404 } }));
    await expect(calls.call(await calls.open())).rejects.toMatchObject({
      ...{ type: 'ModelRefused', nonRetryable: true },
      message: expect.stringMatching(/claude-haiku-4-5: 401.*a file.*; openai\/gpt-x: 404/),
    });
    fake.script(({ provider }) => ({ fault: { status: provider === 'anthropic' ? 401 : 503 } }));
    await expect(calls.call(await calls.open())).rejects.toMatchObject({
      type: 'ModelUnavailable',
      nonRetryable: false,
    });
  });

  it('reports a refusal and an answer that was cut, which are answers too', async () => {
    fake.script(() => ({ fault: 'refusal' }));
    const opened = await calls.open();
    expect(await calls.call(opened)).toMatchObject({ stop: 'refusal', calls: 0, said: "I can't help with that." });
    fake.script(() => ({ text: 'And then', stop: 'length' }));
    expect(await calls.call({ ...opened, n: 2 })).toMatchObject({ stop: 'length', calls: 0 });
  });

  it('can be followed while it goes on, and ends at once when it is cancelled', async () => {
    fake.script(() => ({ text: 'One hush-hush word after the other. '.repeat(400), paceMs: 100 }));
    const opened = await calls.open();
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const beats: { text: string; offset: number; thought: boolean; model: string }[] = [];
    const heard = new Promise<void>((done) => {
      environment.on('heartbeat', (details) => {
        beats.push(JSON.parse(JSON.stringify(details)));
        if (beats.length === 3) done();
      });
    });
    const calling = environment.run(calls.activities().callModel, opened);
    const ended = expect(calling).rejects.toMatchObject({ name: 'CancelledFailure' });
    await heard;
    const closed = Date.now();
    environment.cancel();
    await ended;
    // It would have gone on for half a minute.
    expect(Date.now() - closed).toBeLessThan(10_000);
    expect(beats[0]).toEqual({ text: '', offset: 0, thought: false, model: CLAUDE });
    const last = beats.at(-1);
    expect(last?.offset).toBeGreaterThan(0);
    expect(last?.text).toContain('One [redacted] word after the other.');
    expect(beats.map(({ text }) => text).join()).not.toContain('hush-hush');
    expect(last?.text.length).toBeLessThanOrEqual(2_000);
    expect(fake.paid.size).toBe(0);
    expect(calls.health.begin('anthropic')).toBeUndefined();
  });

  it('refuses a conversation in which a call of a tool has no result', async () => {
    fake.script(() => ({ tools: [{ name: 'read', input: {} }] }));
    const opened = await calls.open();
    const { conversation } = await calls.call(opened);
    await expect(calls.call({ ...opened, conversation, n: 2 })).rejects.toMatchObject({
      type: 'BadInput',
      nonRetryable: true,
    });
  });
});
