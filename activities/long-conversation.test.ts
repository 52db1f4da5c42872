import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallModel } from '../schemas/agent.js';
import { tokensOf } from '../schemas/cost.js';
import type { FakeModels } from '../test/fakes/models/fake-models.js';
import { CLAUDE, fakedModelCalls, GPT, type ModelCalls } from '../test/model-calls.js';
import { append, readConversation, readMessages } from './conversation.js';

let fake: FakeModels;
let calls: ModelCalls;

beforeEach(async () => {
  ({ fake, calls } = await fakedModelCalls());
});
afterEach(() => calls.close());

describe('a long conversation', () => {
  const big = 'line of a file\n'.repeat(200);

  /** Turns with a tool call and its result; every seventh has something in its inbox, and one is without a call. */
  async function work(opened: CallModel, turns: number): Promise<string> {
    let { conversation } = opened;
    for (let n = 1; n <= turns; n++) {
      const inbox = n % 7 === 0 ? [{ from: 'gates', text: `red for the ${n}th time` }] : [];
      const result = await calls.call({ ...opened, conversation, n, inbox });
      conversation = result.calls > 0 ? await calls.answerCalls(result, `${n}: ${big}`) : result.conversation;
    }
    return conversation;
  }

  it('keeps its beginning byte for byte, so that its provider reads nearly all of it from the cache', async () => {
    fake.script(({ turn }) => ({
      thinking: `Turn ${turn}`,
      text: 'Next.',
      ...(turn !== 11 && { tools: [{ name: 'read', input: { path: `file-${turn}` } }] }),
    }));
    await work(await calls.open([CLAUDE]), 30);
    const usages = fake.requests.flatMap(({ usage }) => usage ?? []);
    expect(usages).toHaveLength(30);
    let possible = 0;
    let read = 0;
    for (const [n, usage] of usages.entries()) {
      const before = usages[n - 1];
      // All that the turn before sent can be read from the cache now.
      if (before) possible += tokensOf(before) - before.output;
      read += usage.cacheRead;
      if (n > 0) expect(usage.cacheRead).toBeGreaterThan(usages[n - 1]?.cacheRead ?? 0);
    }
    expect(read / possible).toBeGreaterThanOrEqual(0.98);
  });

  it('goes on with another provider in the midst of tool use, and comes back', async () => {
    fake.script(({ turn }) => ({ thinking: 'Hm.', tools: [{ name: 'read', input: { path: `file-${turn}` } }] }));
    const opened = await calls.open();
    let { conversation } = opened;
    for (const [n, prefer] of [CLAUDE, GPT, GPT, CLAUDE, CLAUDE].entries()) {
      const result = await calls.call({ ...opened, conversation, n: n + 1, prefer });
      expect(result.model).toBe(prefer);
      conversation = await calls.answerCalls(result);
    }
  });

  it('is shortened to its brief, a summary and its last turns, and goes on from there', async () => {
    fake.script(({ turn, lastUser }) =>
      lastUser.includes('go on from a summary')
        ? { text: 'Parcels lose a cent in rounding; rates.py is done.' }
        : { thinking: 'Hm.', tools: [{ name: 'read', input: { path: `file-${turn}` } }] },
    );
    const opened = await calls.open([CLAUDE]);
    const conversation = await work(opened, 12);
    const before = await readConversation(calls.blobs, conversation);
    const outputs = ['b'.repeat(64)];
    const long = await append(calls.blobs, before, [], outputs);
    const input = { ...opened, conversation: long, n: 13 };
    const shorter = await calls.call(input, 'compactConversation');
    expect(shorter).toMatchObject({ stop: 'end', calls: 0, said: expect.stringContaining('lose a cent') });
    const paid = fake.requests.length;
    expect(await calls.call(input, 'compactConversation')).toEqual({ ...shorter, earlier: true });
    expect(fake.requests).toHaveLength(paid);

    const after = await readConversation(calls.blobs, shorter.conversation);
    expect(after.outputs).toEqual(outputs);
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.messages.slice(3)).toEqual(before.messages.slice(-6));
    const messages = await readMessages(calls.blobs, after);
    expect(messages.slice(0, 3).map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(messages[1])).toContain('lose a cent');
    const usage = fake.requests.at(-1)?.usage;
    expect(shorter.context).toBeLessThan((usage ? tokensOf(usage) : 0) / 2);
    expect(usage?.cacheRead).toBeGreaterThan((usage?.cacheWrite ?? 0) * 4);

    // The provider takes it, and reads the rest from the cache again.
    const next = await calls.call({ ...opened, conversation: shorter.conversation, n: 14 });
    expect(next.calls).toBe(1);
    expect(next.context).toBeLessThan(shorter.context * 1.5);
  });

  it('goes on even when its model gave no summary', async () => {
    fake.script(({ turn }) => ({ tools: [{ name: 'read', input: { path: `file-${turn}` } }] }));
    const opened = await calls.open([CLAUDE]);
    const conversation = await work(opened, 3);
    const shorter = await calls.call({ ...opened, conversation, n: 4 }, 'compactConversation');
    expect(shorter.calls).toBe(0);
    expect(JSON.stringify(await calls.messagesOf(shorter.conversation))).toContain('I gave no summary');
    expect(await calls.call({ ...opened, conversation: shorter.conversation, n: 5 })).toMatchObject({ calls: 1 });
  });
});
