import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLAUDE, type ModelCalls, modelCalls } from './model-calls.js';

// A double of Anthropic's API that others have made and compare with the original: what our own double got wrong in the
// same way as our provider would show here.

describe("calls of models against another project's double", () => {
  let mock: LLMock;
  let calls: ModelCalls;

  beforeEach(async () => {
    mock = new LLMock({ port: 0 });
    await mock.start();
    calls = await modelCalls({ apiKey: 'sk-fake', anthropicUrl: mock.url, openaiUrl: `${mock.url}/v1` });
  });
  afterEach(async () => {
    await mock.stop();
    await calls.close();
  });

  it('keep what it says', async () => {
    mock.onMessage('Mend the parcels.', { content: 'They are mended.', reasoning: 'Let me see.' });
    const result = await calls.call(await calls.open([CLAUDE]));
    expect(result).toMatchObject({ model: CLAUDE, stop: 'end', calls: 0, said: 'They are mended.' });
    const messages = await calls.messagesOf(result.conversation);
    expect(messages.at(-1)?.parts).toMatchObject([
      { type: 'thinking', text: 'Let me see.' },
      { type: 'text', text: 'They are mended.' },
    ]);
  });

  it('ask for tools, and give it their results', async () => {
    const toolCalls = [
      { name: 'read', arguments: '{"path":"rates.py"}' },
      { name: 'read', arguments: '{"path":"quotes.py"}' },
    ];
    mock.on({ userMessage: 'Mend the parcels.', hasToolResult: false }, { content: 'I look.', toolCalls });
    mock.on({ toolResultContains: 'a cent is lost' }, { toolCalls: [{ name: 'submit', arguments: '{}' }] });
    const opened = await calls.open([CLAUDE]);
    const first = await calls.call(opened);
    expect(first).toMatchObject({ stop: 'tools', calls: 2, said: 'I look.' });
    const [, answer] = await calls.messagesOf(first.conversation);
    expect(answer?.parts).toMatchObject([
      { type: 'text', text: 'I look.' },
      { type: 'tool-call', name: 'read', input: { path: 'rates.py' } },
      { type: 'tool-call', name: 'read', input: { path: 'quotes.py' } },
    ]);
    const conversation = await calls.answerCalls(first, 'a cent is lost');
    expect(await calls.call({ ...opened, conversation, n: 2 })).toMatchObject({ stop: 'tools', calls: 1 });
  });

  it('wait when it says so, and try later when it is overloaded', async () => {
    const opened = await calls.open([CLAUDE]);
    mock.on({}, { error: { message: 'Slow down', type: 'rate_limit_error' }, status: 429, retryAfter: 9 });
    await expect(calls.call(opened)).rejects.toMatchObject({ type: 'RateLimited', nextRetryDelay: 9_000 });
    mock.clearFixtures();
    mock.on({}, { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
    await expect(calls.call(opened)).rejects.toMatchObject({ type: 'ModelUnavailable', nonRetryable: false });
    expect(mock.getRequests()).toHaveLength(2);
  });
});
