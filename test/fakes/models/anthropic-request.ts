import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { BadRequest } from './vendor.js';

// What Anthropic's POST /v1/messages takes. The messages of the errors are the API's own where they are known.

const Mark = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).nullish();
const Text = z.strictObject({
  type: z.literal('text'),
  text: z.string().refine((text) => text.trim() !== '', 'text content blocks must contain non-whitespace text'),
  citations: z.null().optional(),
  cache_control: Mark,
});
const Image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({
    type: z.literal('base64'),
    media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    data: z.base64(),
  }),
  cache_control: Mark,
});
const Id = z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'");
const ToolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: Id,
  name: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  cache_control: Mark,
});
const ToolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: Id,
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [Text, Image]))]).optional(),
  is_error: z.boolean().optional(),
  cache_control: Mark,
});
const Thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const Redacted = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() });

const said = <Block extends z.ZodType>(block: Block) => z.union([z.string().min(1), z.array(block).min(1)]);
const Message = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('user'),
    content: said(z.discriminatedUnion('type', [Text, Image, ToolResult])),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: said(z.discriminatedUnion('type', [Text, ToolUse, Thinking, Redacted])),
  }),
]);

const Tool = z.strictObject({
  type: z.literal('custom').optional(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  strict: z.boolean().optional(),
  eager_input_streaming: z.boolean().optional(),
  cache_control: Mark,
});

const parallel = { disable_parallel_tool_use: z.boolean().optional() };

export const AnthropicRequest = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.number().int().positive(),
  messages: z.array(Message).min(1, 'at least one message is required'),
  system: z.union([z.string(), z.array(Text)]).optional(),
  tools: z.array(Tool).optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['auto', 'any']), ...parallel }),
      z.strictObject({ type: z.literal('tool'), name: z.string(), ...parallel }),
      z.strictObject({ type: z.literal('none') }),
    ])
    .optional(),
  thinking: z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('enabled'),
        budget_tokens: z.number().int().min(1024),
        display: z.enum(['summarized', 'omitted']).nullish(),
      }),
      z.strictObject({ type: z.literal('adaptive'), display: z.enum(['summarized', 'omitted']).nullish() }),
      z.strictObject({ type: z.enum(['disabled', 'between_tools']) }),
    ])
    .optional(),
  output_config: z.strictObject({ effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish() }).optional(),
  cache_control: Mark,
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
  stop_sequences: z.array(z.string()).optional(),
  stream: z.boolean().optional(),
});
export type AnthropicRequest = z.infer<typeof AnthropicRequest>;

type Block = Exclude<AnthropicRequest['messages'][number]['content'], string>[number];

/** The blocks of a message, in which a text alone is one block. */
export function blocksOf({ content }: { readonly content: string | readonly Block[] }): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** Thinking is signed, and comes back with what it was signed with or is refused. */
export function signatureOf(thinking: string): string {
  return createHmac('sha256', 'fake').update(thinking).digest('base64');
}

/** What a schema can't say. Throws the first thing that is wrong. */
export function checkRules(request: AnthropicRequest, thought: ReadonlySet<string>): void {
  checkOptions(request);
  const { messages } = request;
  if (messages[0]?.role !== 'user') throw new BadRequest('messages: first message must use the "user" role');
  if (messages.at(-1)?.role !== 'user') {
    throw new BadRequest(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
  const seen = new Set<string>();
  let open: readonly string[] = [];
  for (const [n, message] of messages.entries()) {
    if (messages[n - 1]?.role === message.role) {
      throw new BadRequest(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${message.role}" roles in a row`,
      );
    }
    const blocks = blocksOf(message);
    if (message.role === 'user') checkResults(n, blocks, open);
    else checkThinking(n, blocks);
    open = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    for (const id of open) {
      if (seen.has(id)) throw new BadRequest(`messages.${n}.content: \`tool_use\` ids must be unique`);
      seen.add(id);
    }
  }
  if (seen.size > 0 && !request.tools?.length) {
    throw new BadRequest('Requests which include `tool_use` or `tool_result` blocks must define tools');
  }
  const last = messages.at(-2);
  if (thinks(request) && last) checkThoughtKept(messages.length - 2, blocksOf(last), thought);
}

function checkOptions(request: AnthropicRequest): void {
  const { thinking, tool_choice: choice, tools = [], max_tokens: max } = request;
  if (thinking?.type === 'enabled' && thinking.budget_tokens >= max) {
    throw new BadRequest('`max_tokens` must be greater than `thinking.budget_tokens`');
  }
  if (thinks(request) && (choice?.type === 'any' || choice?.type === 'tool')) {
    throw new BadRequest('Thinking may not be enabled when tool_choice forces tool use.');
  }
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new BadRequest('tools: Tool names must be unique.');
  if (choice?.type === 'tool' && !names.includes(choice.name)) {
    throw new BadRequest(`tool_choice: Tool '${choice.name}' not found in provided tools`);
  }
  if (choice && choice.type !== 'none' && tools.length === 0) {
    throw new BadRequest('tool_choice may only be specified while providing tools');
  }
  const marks = JSON.stringify(request).match(/"cache_control":\{/g)?.length ?? 0;
  if (marks > 4) throw new BadRequest(`A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`);
}

export function thinks({ thinking }: AnthropicRequest): boolean {
  return thinking?.type === 'enabled' || thinking?.type === 'adaptive';
}

function checkResults(n: number, blocks: readonly Block[], open: readonly string[]): void {
  const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
  const stray = results.find((id) => !open.includes(id));
  if (stray) {
    throw new BadRequest(
      `messages.${n}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    );
  }
  if (new Set(results).size < results.length) {
    throw new BadRequest(`messages.${n}.content: each tool_use must have a single result. Found multiple.`);
  }
  // The results come first, and all of them: text before them counts as none.
  const leading = blocks.findIndex((block) => block.type !== 'tool_result');
  const first = new Set(leading < 0 ? results : results.slice(0, leading));
  const missing = open.filter((id) => !first.has(id));
  if (missing.length > 0) {
    throw new BadRequest(
      `messages.${n - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }
}

function checkThinking(n: number, blocks: readonly Block[]): void {
  for (const [m, block] of blocks.entries()) {
    if (block.type === 'thinking' && block.signature !== signatureOf(block.thinking)) {
      throw new BadRequest(`messages.${n}.content.${m}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
}

/** In the midst of tool use the thinking that led to it must be there. */
function checkThoughtKept(n: number, blocks: readonly Block[], thought: ReadonlySet<string>): void {
  const [first] = blocks;
  if (first?.type === 'thinking' || first?.type === 'redacted_thinking') return;
  if (blocks.some((block) => block.type === 'tool_use' && thought.has(block.id))) {
    throw new BadRequest(
      `messages.${n}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first?.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
    );
  }
}
