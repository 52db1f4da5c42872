import { z } from 'zod';
import type { ModelWatch } from '../../activities/ports-models.js';
import type { ModelAnswer, Part } from '../../schemas/model.js';
import type { Usage } from '../../schemas/money.js';
import type { Reasoning } from './openai-request.js';
import { CutShort, NOTHING_SAID, Nonsense, toolInput } from './provider.js';

// The chunks of chat/completions put together. Servers differ in what they leave out, so little is demanded; but an
// answer without its end counts as none.

const Count = z.number().int().nonnegative();
const Counts = z.object({
  prompt_tokens: Count,
  completion_tokens: Count,
  prompt_tokens_details: z.object({ cached_tokens: Count.nullish(), cache_write_tokens: Count.nullish() }).nullish(),
});

const CallDelta = z.object({
  index: Count.nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
});

const Chunk = z.object({
  id: z.string().nullish(),
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            refusal: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z.array(CallDelta).nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: Counts.nullish(),
  error: z
    .object({
      message: z.string().default(''),
      type: z.string().nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
    })
    .nullish(),
});

/** An error that came inside of a stream that had begun well. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly type: string | undefined;
  readonly code: string | number | undefined;

  constructor({ message, type, code }: NonNullable<z.infer<typeof Chunk>['error']>) {
    super(message);
    this.type = type ?? undefined;
    this.code = code ?? undefined;
  }
}

const STOPS: Readonly<Record<string, ModelAnswer['stop']>> = {
  stop: 'end',
  tool_calls: 'tools',
  function_call: 'tools',
  length: 'length',
  content_filter: 'refusal',
};

interface Call {
  readonly index: number | null | undefined;
  id: string;
  name: string;
  json: string;
}

interface Collected {
  id: string;
  text: string;
  refusal: string;
  thought: string;
  field: Reasoning['field'];
  readonly calls: Call[];
  finish: string | undefined;
  usage: Usage | undefined;
}

export interface Assembled extends Pick<ModelAnswer, 'id' | 'message' | 'stop'> {
  /** Undefined: the server did not say. */
  readonly usage: Usage | undefined;
  /** Characters of the answer. */
  readonly chars: number;
}

/** Throws `CutShort` when the end is missing, `Nonsense` for what can't be read, `StreamError` for the server's own. */
export async function assemble(
  data: AsyncIterable<string>,
  { provider, onText }: { readonly provider: string; readonly onText: ModelWatch['onText'] },
): Promise<Assembled> {
  const all: Collected = {
    ...{ id: '', text: '', refusal: '', thought: '', field: 'reasoning_content', calls: [] },
    ...{ finish: undefined, usage: undefined },
  };
  let ended = false;
  for await (const one of data) {
    if (one === '[DONE]') {
      ended = true;
      break;
    }
    collect(all, chunkOf(one), onText);
  }
  if (!ended || all.finish === undefined) throw new CutShort('the answer was cut short');
  return answerOf(all, provider);
}

function chunkOf(data: string): z.infer<typeof Chunk> {
  const result = Chunk.safeParse(toolInput(data));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Nonsense(`a chunk that can't be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (result.data.error) throw new StreamError(result.data.error);
  return result.data;
}

function collect(all: Collected, chunk: z.infer<typeof Chunk>, onText: ModelWatch['onText']): void {
  all.id ||= chunk.id ?? '';
  if (chunk.usage) all.usage = usageOf(chunk.usage);
  const [choice] = chunk.choices;
  all.finish = choice?.finish_reason ?? all.finish;
  const { content, refusal, reasoning_content, reasoning, tool_calls } = choice?.delta ?? {};
  const thought = reasoning_content ?? reasoning;
  if (thought) {
    if (reasoning_content == null) all.field = 'reasoning';
    all.thought += thought;
    onText?.(thought, true);
  }
  if (content) {
    all.text += content;
    onText?.(content, false);
  }
  all.refusal += refusal ?? '';
  for (const delta of tool_calls ?? []) growCall(all.calls, delta);
}

/** Some servers send each call whole and number none of them, or give all of them one number. */
function growCall(calls: Call[], { index, id, function: called }: z.infer<typeof CallDelta>): void {
  let call = index == null ? calls.at(-1) : calls.findLast((one) => one.index === index);
  if (!call || (id && call.id !== '' && call.id !== id)) {
    call = { index, id: '', name: '', json: '' };
    calls.push(call);
  }
  call.id ||= id ?? '';
  call.name ||= called?.name ?? '';
  call.json += called?.arguments ?? '';
}

/** What was read from a cache or written to one is part of the input here, and not in ours. */
function usageOf({ prompt_tokens, completion_tokens, prompt_tokens_details }: z.infer<typeof Counts>): Usage {
  const cacheRead = Math.min(prompt_tokens, prompt_tokens_details?.cached_tokens ?? 0);
  const cacheWrite = Math.min(prompt_tokens - cacheRead, prompt_tokens_details?.cache_write_tokens ?? 0);
  return { input: prompt_tokens - cacheRead - cacheWrite, output: completion_tokens, cacheRead, cacheWrite };
}

function answerOf(all: Collected, provider: string): Assembled {
  const { text, refusal, thought, field, calls, finish = '' } = all;
  const known = STOPS[finish];
  if (known === undefined) throw new Nonsense(`it stopped for an unknown reason: ${finish}`);
  if (known === 'tools' && calls.length === 0) throw new Nonsense('it called no tool');
  if (calls.some(({ name }) => name === '')) throw new Nonsense('it called a tool without a name');
  // Some servers say that they stopped, and called a tool.
  const stop = refusal ? 'refusal' : known === 'end' && calls.length > 0 ? 'tools' : known;
  const opaque: Reasoning = { field, text: thought };
  const parts: Part[] = [
    ...(thought ? [{ type: 'thinking' as const, provider, text: thought, opaque }] : []),
    ...(text || refusal ? [{ type: 'text' as const, text: text || refusal }] : []),
    ...calls.map(({ id, name, json }, n) => ({
      type: 'tool-call' as const,
      id: id || `${all.id || 'call'}-${n}`,
      name,
      input: toolInput(json),
    })),
  ];
  const chars = text.length + refusal.length + thought.length + calls.reduce((sum, { json }) => sum + json.length, 0);
  return {
    id: all.id,
    stop,
    message: { role: 'assistant', parts: parts.length > 0 ? parts : [{ type: 'text', text: NOTHING_SAID }] },
    usage: all.usage,
    chars,
  };
}
