import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Message } from '../../schemas/model.js';
import { type Replies, serveReplies, user } from './testing.js';
import { answered, CODER, said } from './testing-openai.js';

let server: Replies;
beforeEach(async () => {
  server = await serveReplies();
});
afterEach(() => server.close());

const sent = () => server.received.at(-1)?.body ?? {};

describe('what is sent to chat/completions', () => {
  const turns: Message[] = [
    user('Why is it red?'),
    {
      role: 'assistant',
      parts: [
        { type: 'thinking', provider: 'local', text: 'Hm.', opaque: { field: 'reasoning', text: 'Hm.' } },
        { type: 'tool-call', id: 'a', name: 'read', input: { b: 1, a: 2 } },
      ],
    },
    {
      role: 'user',
      parts: [
        {
          type: 'tool-result',
          id: 'a',
          isError: true,
          content: [
            { type: 'text', text: 'no such file' },
            { type: 'image', mediaType: 'image/png', base64: 'aGk=' },
          ],
        },
        { type: 'text', text: 'The gates say no.' },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'thinking', provider: 'anthropic', text: 'Hm.', opaque: { type: 'thinking' } },
        { type: 'text', text: 'Then this.' },
      ],
    },
    user('Go on'),
  ];

  it('says the whole conversation in its words', async () => {
    server.answer(said({ content: 'ok' }));
    await answered(server, { messages: turns, force: 'submit' });
    expect(sent()).toMatchObject({
      model: 'coder',
      max_tokens: 8_000,
      tools: [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }, {}],
      tool_choice: { type: 'function', function: { name: 'submit' } },
    });
    expect(sent().messages).toEqual([
      { role: 'system', content: 'You mend code.' },
      { role: 'user', content: 'Why is it red?' },
      {
        role: 'assistant',
        content: null,
        reasoning: 'Hm.',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{"b":1,"a":2}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: '[error] no such file\n[an image, shown below]' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Of the tool call a:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
          { type: 'text', text: 'The gates say no.' },
        ],
      },
      { role: 'assistant', content: 'Then this.' },
      { role: 'user', content: 'Go on' },
    ]);
  });

  it('is the same bytes turn after turn', async () => {
    server.answer(said({ content: 'ok' }));
    for (const length of [1, 3, 5]) await answered(server, { messages: turns.slice(0, length) });
    const [first = '', second = '', third = ''] = server.received.map(({ body }) => JSON.stringify(body));
    expect(second.startsWith(first.slice(0, -2))).toBe(true);
    expect(third.startsWith(second.slice(0, -2))).toBe(true);
  });

  const sketch: Message = {
    role: 'user',
    parts: [
      { type: 'text', text: 'The item' },
      { type: 'image', mediaType: 'image/png', base64: 'aGk=' },
      { type: 'text', text: 'Your bounds' },
    ],
  };

  it('has the pictures of a brief where they were told of, as data', async () => {
    server.answer(said({ content: 'ok' }));
    await answered(server, { messages: [sketch] });
    expect((sent().messages as unknown[]).at(-1)).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: 'The item' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
        { type: 'text', text: 'Your bounds' },
      ],
    });
    await answered(server, { messages: [sketch] }, { choice: { ...CODER, images: false } });
    const content = 'The item\n[an image, which you can not see]\nYour bounds';
    expect((sent().messages as unknown[]).at(-1)).toEqual({ role: 'user', content });
  });

  it('shows no image to a model that sees none', async () => {
    server.answer(said({ content: 'ok' }));
    await answered(server, { messages: turns }, { choice: { ...CODER, images: false } });
    expect(JSON.stringify(sent())).not.toContain('aGk=');
    expect(JSON.stringify(sent())).toContain('[an image, which you can not see]');
  });

  it("names the limit as OpenAI's own models want it", async () => {
    server.answer(said({ content: 'ok' }));
    await answered(server, {}, { choice: { provider: 'local', id: 'gpt-5.6', tier: 'strong' } });
    expect(sent()).toMatchObject({ max_completion_tokens: 8_000 });
    expect(sent()).not.toHaveProperty('max_tokens');
  });
});
