import { z } from 'zod';
import { BadRequest } from './vendor.js';

// What OpenAI's POST /v1/chat/completions takes. The messages of the errors are the API's own where they are known.

const Text = z.strictObject({ type: z.literal('text'), text: z.string() });
const Image = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
});
const texts = z.union([z.string(), z.array(Text).min(1)]);

const ToolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});

const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: texts }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [Text, Image])).min(1)]),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: texts.nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(ToolCall).min(1, 'expected an array with minimum length 1').optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content: texts }),
]);

export const OpenAiRequest = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  max_tokens: z.number().int().positive().optional(),
  max_completion_tokens: z.number().int().positive().optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
          description: z.string().optional(),
          parameters: z.looseObject({ type: z.literal('object') }).optional(),
          strict: z.boolean().nullish(),
        }),
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) }),
    ])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
  prompt_cache_key: z.string().optional(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  store: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).optional(),
  user: z.string().optional(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish(),
});
export type OpenAiRequest = z.infer<typeof OpenAiRequest>;

/** What a schema can't say. Throws the first thing that is wrong. */
export function checkRules(request: OpenAiRequest): void {
  checkOptions(request);
  let open = new Set<string>();
  for (const [n, message] of request.messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) {
        throw new BadRequest(
          `Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'. (messages.[${n}].role)`,
        );
      }
      continue;
    }
    checkAnswered(open);
    if (message.role !== 'assistant') continue;
    const { content, refusal, tool_calls: calls = [] } = message;
    if (!content && !refusal && calls.length === 0) {
      throw new BadRequest(`Invalid value for 'messages.[${n}].content': expected a string, got null.`);
    }
    open = new Set(calls.map(({ id }) => id));
    if (open.size < calls.length) throw new BadRequest(`Duplicate value for 'tool_call_id' in messages.[${n}]`);
  }
  checkAnswered(open);
}

function checkOptions(request: OpenAiRequest): void {
  const { tools = [], tool_choice: choice, stream, stream_options: options } = request;
  const names = tools.map((tool) => tool.function.name);
  if (choice !== undefined && tools.length === 0) {
    throw new BadRequest("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.");
  }
  if (typeof choice === 'object' && !names.includes(choice.function.name)) {
    throw new BadRequest(`Tool choice '${choice.function.name}' not found in 'tools' parameter.`);
  }
  if (new Set(names).size < names.length) throw new BadRequest("Invalid 'tools': names must be unique.");
  if (options && !stream) {
    throw new BadRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.");
  }
  if (request.max_tokens !== undefined && request.max_completion_tokens !== undefined) {
    throw new BadRequest("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.");
  }
}

function checkAnswered(open: ReadonlySet<string>): void {
  if (open.size === 0) return;
  throw new BadRequest(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
  );
}
