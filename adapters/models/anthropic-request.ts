import { createHash, type Hash } from 'node:crypto';
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  ImageBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  TextBlockParam,
  ThinkingConfigParam,
  Tool,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { ImagePart, Message, ModelCard, ModelRequest, Part } from '../../schemas/model.js';
import { knownModel, type Thinking } from './catalogue.js';
import { NOTHING_SAID, toolCall, toolCallId, UNSEEN_IMAGE } from './provider.js';

// Our conversation in Anthropic's words. Equal messages become equal bytes, turn after turn: both the prompt cache and
// the signatures of thinking hold only while nothing changes before them. Only cache marks move.

const CACHE: CacheControlEphemeral = { type: 'ephemeral' };
/** Models that always think refuse to have a tool forced on them: for them the request to call it is in its text alone. */
const FORCED: readonly Thinking[] = ['none', 'budget', 'adaptive'];
/** Anthropic takes no smaller budget. */
const LEAST_BUDGET = 1024;

/** A block of thinking, and the hash of everything that was before it: it may be sent only where that is unchanged. */
export interface Thought {
  readonly block: ContentBlockParam;
  readonly after: string;
}

/** The request, and the hash of what will be before the answer to it. */
export function anthropicRequest(
  card: ModelCard,
  request: ModelRequest,
): { readonly body: MessageCreateParamsStreaming; readonly prefix: string } {
  const { system, force } = request;
  const tools = request.tools.map(toolOf);
  const systemBlocks: TextBlockParam[] = system.trim() === '' ? [] : [{ type: 'text', text: system }];
  const prefix = createHash('sha256').update(JSON.stringify([systemBlocks, tools]));
  const messages = messagesOf(request.messages, card, prefix);
  markLast(systemBlocks.length > 0 ? systemBlocks : tools);
  const manner = mannerOf(card);
  // Thinking may not be on when a tool is forced.
  const forced = force !== undefined && FORCED.includes(manner);
  const mayThink = card.thinking && !forced && !(manner === 'budget' && actedWithoutThinking(messages));
  const max = Math.min(request.maxOutputTokens, card.maxOutputTokens);
  const body: MessageCreateParamsStreaming = {
    model: card.id,
    max_tokens: max,
    ...thinkingOf(manner, mayThink ? request.thinkingTokens : 0, max),
    ...(systemBlocks.length > 0 && { system: systemBlocks }),
    ...(tools.length > 0 && { tools }),
    ...(forced && { tool_choice: { type: 'tool' as const, name: force } }),
    messages,
    stream: true,
  };
  return { body, prefix: digest(prefix) };
}

/** Who thinks within a budget must have done so before it called the tools whose results it now gets. */
function actedWithoutThinking(messages: readonly MessageParam[]): boolean {
  const last = messages.findLast(({ role }) => role === 'assistant')?.content;
  if (!Array.isArray(last) || !last.some(({ type }) => type === 'tool_use')) return false;
  return last[0]?.type !== 'thinking' && last[0]?.type !== 'redacted_thinking';
}

function digest(hash: Hash): string {
  return hash.copy().digest('hex').slice(0, 32);
}

/** Of a model that nobody knows, nothing is asked that it might refuse: it thinks as it does by default. */
function mannerOf({ id, thinking }: ModelCard): Thinking {
  return knownModel('anthropic', id)?.thinking ?? (thinking ? 'always' : 'own');
}

function thinkingOf(
  manner: Thinking,
  tokens: number,
  max: number,
): Pick<MessageCreateParamsStreaming, 'thinking' | 'output_config'> {
  // Its thinking is shown to the people who watch; by default only a signature would come.
  const adaptive: ThinkingConfigParam = { type: 'adaptive', display: 'summarized' };
  const output_config = { effort: effortOf(tokens) };
  switch (manner) {
    case 'none':
    case 'own':
      return {};
    case 'budget': {
      // The answer needs the other half.
      const budget = Math.min(tokens, Math.floor(max / 2));
      return budget < LEAST_BUDGET ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
    }
    case 'adaptive':
      return tokens === 0 ? { thinking: { type: 'disabled' } } : { thinking: adaptive, output_config };
    case 'between-tools':
      return tokens === 0 ? { thinking: { type: 'between_tools' } } : { thinking: adaptive, output_config };
    case 'always':
      return { thinking: adaptive, output_config };
  }
}

/** Models that set their own budget are told how much it is worth. */
function effortOf(tokens: number): 'low' | 'medium' | 'high' {
  if (tokens <= 4_000) return 'low';
  return tokens <= 16_000 ? 'medium' : 'high';
}

function toolOf({ name, description, inputSchema }: ModelRequest['tools'][number]): Tool {
  return { name, description, input_schema: inputSchema as Tool.InputSchema };
}

function messagesOf(messages: readonly Message[], card: ModelCard, prefix: Hash): MessageParam[] {
  const params: { role: Message['role']; content: ContentBlockParam[] }[] = [];
  for (const { role, parts } of messages) {
    const before = digest(prefix);
    const blocks = parts.flatMap((part) => blockOf(part, card, before));
    const content: ContentBlockParam[] = blocks.length > 0 ? blocks : [{ type: 'text', text: NOTHING_SAID }];
    for (const block of content) prefix.update(JSON.stringify([role, block]));
    const last = params.at(-1);
    // Roles must take turns: what was said before an answer that never came is said in one go.
    if (last?.role === role) last.content.push(...content);
    else params.push({ role, content });
  }
  // This turn writes up to its last message; it reads what the turn before it wrote up to the message before that.
  for (const { content } of params.filter(({ role }) => role === 'user').slice(-2)) markLast(content);
  return params;
}

function blockOf(part: Part, { provider, images }: ModelCard, before: string): ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'image':
      return [images ? imageBlock(part) : { type: 'text', text: UNSEEN_IMAGE }];
    case 'thinking': {
      if (part.provider !== provider) return [];
      // Thinking is signed together with what was before it: elsewhere, as in a conversation that was shortened, it would
      // be refused. Another model of this provider skips what it can't read.
      const { block, after } = part.opaque as Thought;
      return after === before ? [block] : [];
    }
    case 'tool-call':
      return [{ type: 'tool_use', ...toolCall(part) }];
    case 'tool-result':
      return [toolResult(part)];
  }
}

function imageBlock({ mediaType, base64 }: ImagePart): ImageBlockParam {
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } };
}

function toolResult({ id, content, isError }: Extract<Part, { type: 'tool-result' }>): ToolResultBlockParam {
  const blocks = content.flatMap((one): Exclude<ToolResultBlockParam['content'], string | undefined> => {
    if (one.type === 'text') return one.text.trim() === '' ? [] : [{ type: 'text', text: one.text }];
    return [imageBlock(one)];
  });
  return {
    type: 'tool_result',
    tool_use_id: toolCallId(id),
    ...(blocks.length > 0 && { content: blocks }),
    ...(isError && { is_error: true }),
  };
}

/** Everything up to here is worth keeping in the cache. Thinking can't be marked. */
function markLast(blocks: (ContentBlockParam | TextBlockParam | Tool)[]): void {
  const index = blocks.length - 1;
  const last = blocks[index];
  if (last && last.type !== 'thinking' && last.type !== 'redacted_thinking') {
    blocks[index] = { ...last, cache_control: CACHE } as ContentBlockParam;
  }
}
