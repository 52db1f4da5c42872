import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Message, ModelRequest } from '../../schemas/model.js';
import type { ModelChoice } from '../../schemas/model-settings.js';
import { type Replies, serveReplies, user } from './testing.js';
import { answered, ended, HAIKU, SONNET, said, started, thinking, toolUse } from './testing-anthropic.js';

let server: Replies;
beforeEach(async () => {
  server = await serveReplies();
});
afterEach(() => server.close());

const sent = () => server.received.at(-1)?.body ?? {};

describe('what is sent to Anthropic', () => {
  /** An answer that thought before it called a tool, as it was kept. */
  async function thoughtAfter(messages: Message[], more: Partial<ModelRequest> = {}): Promise<Message> {
    server.answer({
      chunks: [started, ...thinking(0, 'Hm.', 's'), ...toolUse(1, 'a', '{"b":1,"a":2}'), ended('tool_use')],
    });
    const { message } = await answered(server, { messages, ...more });
    server.answer(said('ok'));
    return message;
  }

  const QUESTION = user('Why is it red?');
  const REST: Message[] = [
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
    { role: 'assistant', parts: [{ type: 'text', text: 'Then this.' }] },
    user('Go on'),
  ];

  const unmarked = (body: unknown): Record<string, unknown> =>
    JSON.parse(JSON.stringify(body, (key, value) => (key === 'cache_control' ? undefined : value)));

  it('has the pictures of a brief as blocks of their own; a model that sees none is told that there are some', async () => {
    const picture = { type: 'image', mediaType: 'image/png', base64: 'aGk=' } as const;
    const messages: Message[] = [{ role: 'user', parts: [{ type: 'text', text: 'The item' }, picture] }];
    server.answer(said('ok'));
    await answered(server, { messages });
    expect(unmarked(sent()).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'The item' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
        ],
      },
    ]);
    const blind: ModelChoice = { provider: 'anthropic', id: 'blind', tier: 'small', images: false };
    await answered(server, { messages }, { use: [blind], model: 'anthropic/blind' });
    expect(JSON.stringify(sent())).toContain('[an image, which you can not see]');
    expect(JSON.stringify(sent())).not.toContain('aGk=');
  });

  it('is the same bytes turn after turn, but for the marks of the cache', async () => {
    const turns = [QUESTION, await thoughtAfter([QUESTION]), ...REST];
    for (const length of [3, 5]) await answered(server, { messages: turns.slice(0, length) });
    const [first, second, third] = server.received.map(({ body }) => unmarked(body));
    for (const [earlier, later] of [
      [first, second],
      [second, third],
    ]) {
      const { messages: before, ...rest } = earlier as { messages: unknown[] };
      const { messages: after, ...same } = later as { messages: unknown[] };
      expect(JSON.stringify(same)).toBe(JSON.stringify(rest));
      expect(JSON.stringify(after).startsWith(JSON.stringify(before).slice(0, -1))).toBe(true);
    }
  });

  it('marks what is stable, what the turn before wrote, and all of this turn', async () => {
    await answered(server, { messages: [QUESTION, await thoughtAfter([QUESTION]), ...REST] });
    const body = sent() as { system: object[]; messages: { content: object[] }[] };
    const marked = body.messages.map(({ content }) => content.map((one) => 'cache_control' in one));
    expect(marked).toEqual([[false], [false, false], [false, true], [false], [true]]);
    expect(body.system).toEqual([{ type: 'text', text: 'You mend code.', cache_control: { type: 'ephemeral' } }]);
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(3);
  });

  it('says the whole conversation in its words', async () => {
    await answered(server, { messages: [QUESTION, await thoughtAfter([QUESTION]), ...REST] });
    expect(unmarked(sent()).messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Why is it red?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 's' },
          { type: 'tool_use', id: 'a', name: 'read', input: { b: 1, a: 2 } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'a',
            content: [
              { type: 'text', text: 'no such file' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
            ],
            is_error: true,
          },
          { type: 'text', text: 'The gates say no.' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'Then this.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Go on' }] },
    ]);
  });

  it("leaves out another provider's thinking, and never a whole message", async () => {
    server.answer(said('ok'));
    const foreign = {
      type: 'thinking',
      provider: 'local',
      text: 'Hm.',
      opaque: { field: 'reasoning', text: 'Hm.' },
    } as const;
    await answered(server, { messages: [user('a'), { role: 'assistant', parts: [foreign] }, user('b'), user('c')] });
    expect(unmarked(sent()).messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'a' }] },
      { role: 'assistant', content: [{ type: 'text', text: '[nothing said]' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'b' },
          { type: 'text', text: 'c' },
        ],
      },
    ]);
  });

  describe('of thinking', () => {
    const signatures = () =>
      [...JSON.stringify(sent()).matchAll(/"signature":"(\w+)"/g)].map(([, signature]) => signature);

    it('is all that was thought, while nothing changed before it', async () => {
      const first = await thoughtAfter([QUESTION]);
      const second = await thoughtAfter([QUESTION, first, user('And?')]);
      await answered(server, { messages: [QUESTION, first, user('And?'), second, user('Go on')] });
      expect(signatures()).toEqual(['s', 's']);
    });

    it.each<[string, Message[], Partial<ModelRequest>]>([
      ['an earlier message', [user('Why is it blue?')], {}],
      ['the instructions', [QUESTION], { system: 'You write code.' }],
      ['the tools', [QUESTION], { tools: [] }],
    ])('is none, and none of what came after, once %s changed', async (_what, before, more) => {
      const first = await thoughtAfter([QUESTION]);
      const second = await thoughtAfter([QUESTION, first, user('And?')]);
      await answered(server, { messages: [...before, first, user('And?'), second, user('Go on')], ...more });
      expect(signatures()).toEqual([]);
    });

    it('is asked for within a budget only after calls that came with thinking', async () => {
      const use: ModelChoice[] = [{ provider: 'anthropic', id: 'claude-haiku-4-5', tier: 'small' }];
      const of = { use, model: 'anthropic/claude-haiku-4-5' };
      const acted = await thoughtAfter([QUESTION]);
      const [result] = REST;
      if (!result) throw new Error('no result');
      await answered(server, { messages: [QUESTION, acted, result], thinkingTokens: 2000 }, of);
      expect(sent()).toHaveProperty('thinking');
      await answered(server, { messages: [user('Other'), acted, result], thinkingTokens: 2000 }, of);
      expect(sent()).not.toHaveProperty('thinking');
    });
  });

  const OLD: ModelChoice = { provider: 'anthropic', id: 'claude-haiku-4-5-20251001', tier: 'small' };
  const NEW: ModelChoice = { provider: 'anthropic', id: 'claude-next', tier: 'strong' };
  const shown = { type: 'adaptive', display: 'summarized' };
  const forcedRead = { type: 'tool', name: 'read' };

  it.each([
    [
      'a budget where it takes one',
      OLD,
      { thinkingTokens: 2000 },
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
    ],
    ['no budget over half of the answer', OLD, { thinkingTokens: 9000 }, { thinking: { budget_tokens: 4000 } }],
    ['nothing where the budget is too small', OLD, { thinkingTokens: 500 }, { thinking: undefined }],
    ['an effort', HAIKU, { thinkingTokens: 9000 }, { thinking: shown, output_config: { effort: 'medium' } }],
    ['not to think', HAIKU, {}, { thinking: { type: 'disabled' }, tool_choice: undefined }],
    ['not to think at first, where it always thinks', SONNET, {}, { thinking: { type: 'between_tools' } }],
    [
      'to call the tool and not to think',
      HAIKU,
      { thinkingTokens: 9000, force: 'read' },
      { thinking: { type: 'disabled' }, tool_choice: forcedRead },
    ],
    ['to call the tool, without thinking', OLD, { thinkingTokens: 2000, force: 'read' }, { tool_choice: forcedRead }],
    ['no tool, where none can be forced', SONNET, { force: 'read' }, { tool_choice: undefined }],
    [
      'nothing that a model nobody knows might refuse',
      NEW,
      { force: 'read' },
      { thinking: undefined, tool_choice: undefined },
    ],
  ])('tells a model %s', async (_what, model, more, expected) => {
    server.answer(said('ok'));
    const of = typeof model === 'string' ? { model } : { use: [model], model: `anthropic/${model.id}` };
    await answered(server, more, of);
    for (const [field, value] of Object.entries(expected)) {
      if (value === undefined) expect(sent()).not.toHaveProperty(field);
      else expect(sent()).toMatchObject({ [field]: value });
    }
  });
});
