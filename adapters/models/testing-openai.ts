import type { Models, ModelWatch } from '../../activities/ports-models.js';
import type { ModelAnswer, ModelRequest } from '../../schemas/model.js';
import type { ModelChoice } from '../../schemas/model-settings.js';
import { createModels } from './models.js';
import { type Replies, type Reply, requestOf } from './testing.js';

// Chunks of chat/completions, and calls of a model at a server that sends them.

export const KEY = 'sk-hush-hush';
export const CODER: ModelChoice = {
  provider: 'local',
  id: 'coder',
  tier: 'strong',
  images: true,
  contextTokens: 128_000,
};

export const data = (...chunks: object[]) =>
  chunks.map((chunk) => `data: ${JSON.stringify({ id: 'c-1', ...chunk })}\n\n`);
export const delta = (...deltas: object[]) =>
  deltas.map((one) => ({ choices: [{ index: 0, delta: one, finish_reason: null }] }));
export const finish = (finish_reason: string) => ({ choices: [{ index: 0, delta: {}, finish_reason }] });
export const counts = {
  choices: [],
  usage: { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 60 } },
};
export const DONE = 'data: [DONE]\n\n';
export const said = (...deltas: object[]): Reply => ({
  chunks: [...data(...delta(...deltas), finish('stop'), counts), DONE],
});

interface Call {
  readonly choice?: ModelChoice;
  /** Undefined: it has no key. */
  readonly apiKey?: string | undefined;
  readonly timeoutMs?: number;
  readonly watch?: Partial<ModelWatch>;
}

export function call(server: Replies, more: Partial<ModelRequest> = {}, of: Call = {}): ReturnType<Models['call']> {
  const { choice, timeoutMs, watch, apiKey } = { choice: CODER, apiKey: KEY, ...of };
  const provider = { name: 'local', kind: 'openai', needsKey: false, keyFrom: 'LOCAL_KEY' } as const;
  const settings = { providers: [{ ...provider, baseUrl: `${server.url}/v1`, apiKey }], use: [choice] };
  const door = createModels(settings, timeoutMs);
  const [card] = door.cards;
  if (!card) throw new Error('no card');
  return door.call(requestOf(card, more), { signal: new AbortController().signal, ...watch });
}

export async function answered(server: Replies, more: Partial<ModelRequest> = {}, of: Call = {}): Promise<ModelAnswer> {
  const outcome = await call(server, more, of);
  if ('trouble' in outcome) throw new Error(outcome.message);
  return outcome.answer;
}
