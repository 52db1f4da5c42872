import { z } from 'zod';
import type { ModelWatch } from '../../activities/ports-models.js';
import type { ModelAnswer, Part } from '../../schemas/model.js';
import type { Thought } from './anthropic-request.js';
import { CutShort, NOTHING_SAID, Nonsense, toolInput } from './provider.js';

// Anthropic's events put together. The SDK's own accumulator is not used: it throws away a whole answer, paid for, when
// the input of one tool call is no JSON.

const Count = z.number().int().nonnegative();
const Counts = z.object({
  input_tokens: Count.nullish(),
  output_tokens: Count.nullish(),
  cache_read_input_tokens: Count.nullish(),
  cache_creation_input_tokens: Count.nullish(),
});
type Counts = z.infer<typeof Counts>;

const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().default('') }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() }),
]);

const Delta = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);

const EVENTS = {
  message_start: z.object({ message: z.object({ id: z.string(), usage: Counts }) }),
  content_block_start: z.object({ index: Count, content_block: Block }),
  content_block_delta: z.object({ index: Count, delta: Delta }),
  message_delta: z.object({ delta: z.object({ stop_reason: z.string().nullish() }), usage: Counts.optional() }),
};

type Assembled = z.infer<typeof Block> & { json: string };

const STOPS: Readonly<Record<string, ModelAnswer['stop']>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refusal',
};

interface Assembling {
  readonly provider: string;
  /** Hash of what was before the answer. */
  readonly prefix: string;
  readonly onText: ModelWatch['onText'];
}

/** Throws `CutShort` when the stream ends before the message does, `Nonsense` when it can't be understood. */
export async function assemble(
  events: AsyncIterable<unknown>,
  { provider, prefix, onText }: Assembling,
): Promise<Pick<ModelAnswer, 'id' | 'message' | 'stop' | 'usage'>> {
  const blocks = new Map<number, Assembled>();
  let id: string | undefined;
  let counts: Counts = {};
  let stop: string | undefined;
  let ended = false;
  for await (const event of events) {
    const type = parsed(z.object({ type: z.string() }), event).type;
    if (type === 'message_start') {
      const { message } = parsed(EVENTS.message_start, event);
      id = message.id;
      counts = message.usage;
    } else if (type === 'content_block_start') {
      const { index, content_block } = parsed(EVENTS.content_block_start, event);
      blocks.set(index, { ...content_block, json: '' });
    } else if (type === 'content_block_delta') {
      const { index, delta } = parsed(EVENTS.content_block_delta, event);
      grow(blocks.get(index), delta);
      if (delta.type === 'text_delta') onText?.(delta.text, false);
      if (delta.type === 'thinking_delta') onText?.(delta.thinking, true);
    } else if (type === 'message_delta') {
      const { delta, usage } = parsed(EVENTS.message_delta, event);
      stop = delta.stop_reason ?? stop;
      // Totals of the whole message, absent where they did not change.
      counts = { ...counts, ...Object.fromEntries(Object.entries(usage ?? {}).filter(([, count]) => count != null)) };
    } else if (type === 'message_stop') ended = true;
    // Others, such as `content_block_stop`, say nothing that is not known by then; new ones may come at any time.
  }
  if (!ended || id === undefined || stop === undefined) throw new CutShort('the answer was cut short');
  return answerOf({ id, blocks: [...blocks.values()], stop, counts, provider, prefix });
}

function grow(block: Assembled | undefined, delta: z.infer<typeof Delta>): void {
  if (block?.type === 'text' && delta.type === 'text_delta') block.text += delta.text;
  else if (block?.type === 'thinking' && delta.type === 'thinking_delta') block.thinking += delta.thinking;
  else if (block?.type === 'thinking' && delta.type === 'signature_delta') block.signature = delta.signature;
  else if (block?.type === 'tool_use' && delta.type === 'input_json_delta') block.json += delta.partial_json;
  else throw new Nonsense(`a ${delta.type} for ${block ? `a block of type ${block.type}` : 'no block'}`);
}

function answerOf(of: {
  id: string;
  blocks: readonly Assembled[];
  stop: string;
  counts: Counts;
  provider: string;
  prefix: string;
}): Pick<ModelAnswer, 'id' | 'message' | 'stop' | 'usage'> {
  const { id, blocks, counts } = of;
  const stop = STOPS[of.stop];
  if (stop === undefined) throw new Nonsense(`it stopped for an unknown reason: ${of.stop}`);
  const parts = blocks.flatMap((block) => partOf(block, of));
  if (stop === 'tools' && !parts.some(({ type }) => type === 'tool-call')) throw new Nonsense('it called no tool');
  if (counts.input_tokens == null || counts.output_tokens == null) throw new Nonsense('it did not say what it used');
  return {
    id,
    stop,
    message: { role: 'assistant', parts: parts.length > 0 ? parts : [{ type: 'text', text: NOTHING_SAID }] },
    usage: {
      input: counts.input_tokens,
      output: counts.output_tokens,
      cacheRead: counts.cache_read_input_tokens ?? 0,
      cacheWrite: counts.cache_creation_input_tokens ?? 0,
    },
  };
}

function partOf(block: Assembled, { provider, prefix }: { provider: string; prefix: string }): Part[] {
  const thought = (text: string, own: Thought['block']): Part[] => {
    const opaque: Thought = { block: own, after: prefix };
    return [{ type: 'thinking', provider, text, opaque }];
  };
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'thinking': {
      const { thinking, signature } = block;
      return thought(thinking, { type: 'thinking', thinking, signature });
    }
    case 'redacted_thinking':
      return thought('', { type: 'redacted_thinking', data: block.data });
    case 'tool_use': {
      const input = block.json === '' ? (block.input ?? {}) : toolInput(block.json);
      return [{ type: 'tool-call', id: block.id, name: block.name, input }];
    }
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Nonsense(`an event that can't be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
