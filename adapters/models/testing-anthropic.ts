import type { Models, ModelWatch } from '../../activities/ports-models.js';
import type { ModelAnswer, ModelRequest } from '../../schemas/model.js';
import type { ModelChoice } from '../../schemas/model-settings.js';
import { createModels } from './models.js';
import { type Replies, type Reply, requestOf } from './testing.js';

// Anthropic's events, and calls of its models at a server that sends them.

export const KEY = 'sk-ant-hush-hush';
export const HAIKU = 'anthropic/claude-haiku-5-5';
export const SONNET = 'anthropic/claude-sonnet-5-5';

export const event = (data: { type: string } & Record<string, unknown>) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const usage = { input_tokens: 12, output_tokens: 1, cache_read_input_tokens: 300, cache_creation_input_tokens: 40 };
export const started = event({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', usage },
});

export const stopped = (stop_reason: string) =>
  event({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 25 } });

export const ended = (stop_reason: string) => stopped(stop_reason) + event({ type: 'message_stop' });

const block = (index: number, content_block: object, ...deltas: object[]) => [
  event({ type: 'content_block_start', index, content_block }),
  ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta })),
  event({ type: 'content_block_stop', index }),
];

export const text = (index: number, ...pieces: string[]) =>
  block(index, { type: 'text', text: '' }, ...pieces.map((piece) => ({ type: 'text_delta', text: piece })));

export const thinking = (index: number, thought: string, signature: string) =>
  block(
    index,
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking_delta', thinking: thought },
    { type: 'signature_delta', signature },
  );

export const toolUse = (index: number, id: string, ...pieces: string[]) =>
  block(
    index,
    { type: 'tool_use', id, name: 'read', input: {} },
    ...pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  );

export const said = (...pieces: string[]): Reply => ({ chunks: [started, ...text(0, ...pieces), ended('end_turn')] });

interface Call {
  readonly model?: string;
  readonly use?: readonly ModelChoice[];
  readonly timeoutMs?: number;
  readonly watch?: Partial<ModelWatch>;
}

/** By default of Claude Haiku 5.5. */
export function call(server: Replies, more: Partial<ModelRequest> = {}, of: Call = {}): ReturnType<Models['call']> {
  const { model = HAIKU, use, timeoutMs, watch } = of;
  const provider = { name: 'anthropic', kind: 'anthropic', needsKey: true, keyFrom: 'ANTHROPIC_API_KEY' } as const;
  const settings = { providers: [{ ...provider, baseUrl: server.url, apiKey: KEY }], use };
  const door = createModels(settings, timeoutMs);
  const card = door.cards.find(({ name }) => name === model);
  if (!card) throw new Error(`no card ${model}`);
  return door.call(requestOf(card, more), { signal: new AbortController().signal, ...watch });
}

export async function answered(server: Replies, more: Partial<ModelRequest> = {}, of: Call = {}): Promise<ModelAnswer> {
  const outcome = await call(server, more, of);
  if ('trouble' in outcome) throw new Error(outcome.message);
  return outcome.answer;
}
