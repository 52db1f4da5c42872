import type { ImagePart, Message, ModelCard, ModelRequest, Part } from '../../schemas/model.js';
import { knownModel } from './catalogue.js';
import { NOTHING_SAID, toolCall, toolCallId, UNSEEN_IMAGE } from './provider.js';

// Our conversation in the words of chat/completions. Equal messages become equal bytes: servers cache by prefix.

type Content = string | readonly Record<string, unknown>[];
type ChatMessage = { readonly role: string; readonly content: Content | null } & Readonly<Record<string, unknown>>;

/** How a server said that it thinks: kept with what it thought, and sent back under the same name. */
export interface Reasoning {
  readonly field: 'reasoning_content' | 'reasoning';
  readonly text: string;
}

export function openaiRequest(card: ModelCard, request: ModelRequest): Record<string, unknown> {
  const { system, tools, messages, force } = request;
  const max = Math.min(request.maxOutputTokens, card.maxOutputTokens);
  return {
    model: card.id,
    // OpenAI's own models refuse the old name, which is the one that other servers know.
    [knownModel('openai', card.id) ? 'max_completion_tokens' : 'max_tokens']: max,
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: 'function',
        function: { name, description, parameters: inputSchema },
      })),
    }),
    ...(force !== undefined && { tool_choice: { type: 'function', function: { name: force } } }),
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
      ...messages.flatMap((message) =>
        message.role === 'user' ? userMessages(message, card) : [assistant(message, card)],
      ),
    ],
  };
}

/** A message of tool results holds text only, and must follow the call: images and what else is said come after. */
function userMessages({ parts }: Message, card: ModelCard): ChatMessage[] {
  const results = parts.filter((part) => part.type === 'tool-result');
  const images = card.images ? results.flatMap(imagesOf) : [];
  const said = saidIn(parts, card);
  const rest: Content =
    images.length > 0 ? [...images, ...(typeof said === 'string' ? (said ? [textBlock(said)] : []) : said)] : said;
  return [
    ...results.map((result) => toolResult(result, card)),
    ...(rest.length > 0 || results.length === 0 ? [{ role: 'user', content: rest || NOTHING_SAID }] : []),
  ];
}

/** A text alone where there is no picture to be seen: not every server takes a list. */
function saidIn(parts: readonly Part[], { images }: ModelCard): Content {
  const seen = images && parts.some(({ type }) => type === 'image');
  if (!seen) return textOf(parts.map((part) => (part.type === 'image' ? { type: 'text', text: UNSEEN_IMAGE } : part)));
  return parts.flatMap((part) => {
    if (part.type === 'image') return [imageBlock(part)];
    return part.type === 'text' && part.text.trim() !== '' ? [textBlock(part.text)] : [];
  });
}

function textBlock(text: string): Record<string, unknown> {
  return { type: 'text', text };
}

function imageBlock({ mediaType, base64 }: ImagePart): Record<string, unknown> {
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${base64}` } };
}

function toolResult(
  { id, content, isError }: Extract<Part, { type: 'tool-result' }>,
  { images }: ModelCard,
): ChatMessage {
  const shown = images ? '[an image, shown below]' : UNSEEN_IMAGE;
  const text = content.map((one) => (one.type === 'text' ? one.text : shown)).join('\n');
  return { role: 'tool', tool_call_id: toolCallId(id), content: isError ? `[error] ${text}` : text || '[empty]' };
}

function imagesOf({ id, content }: Extract<Part, { type: 'tool-result' }>): Record<string, unknown>[] {
  const images = content.filter((one) => one.type === 'image');
  if (images.length === 0) return [];
  return [{ type: 'text', text: `Of the tool call ${toolCallId(id)}:` }, ...images.map(imageBlock)];
}

function assistant({ parts }: Message, card: ModelCard): ChatMessage {
  const calls = parts
    .filter((part) => part.type === 'tool-call')
    .map(toolCall)
    .map(({ id, name, input }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }));
  const text = textOf(parts);
  return {
    role: 'assistant',
    content: text || (calls.length > 0 ? null : NOTHING_SAID),
    ...reasoningOf(parts, card.provider),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** Servers that think between tool calls want their thinking back; others never sent any. */
function reasoningOf(parts: readonly Part[], provider: string): Record<string, string> {
  const own = parts
    .filter((part) => part.type === 'thinking' && part.provider === provider)
    .map((part) => (part as Extract<Part, { type: 'thinking' }>).opaque as Reasoning);
  const [first] = own;
  return first ? { [first.field]: own.map(({ text }) => text).join('') } : {};
}

function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === 'text')
    .map(({ text }) => text)
    .join('\n');
}
