import type { Usage } from '../../../schemas/money.js';
import { AnthropicRequest, blocksOf, checkRules, signatureOf, thinks } from './anthropic-request.js';
import { type PrefixCache, prefixesOf } from './prefix-cache.js';
import type { FakeCall, FakeMessage } from './script.js';
import { BadRequest, pieces, type Spoken, type Vendor } from './vendor.js';

const ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'invalid request'],
  401: ['authentication_error', 'invalid x-api-key'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'model: no such model'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', "This request would exceed your organization's rate limit"],
  529: ['overloaded_error', 'Overloaded'],
};

const VERSIONS = ['2023-06-01', '2026-10-21'];

const STOPS = { end: 'end_turn', tools: 'tool_use', length: 'max_tokens', refusal: 'refusal' } as const;

/** Anthropic's Messages API. */
export const ANTHROPIC: Vendor = {
  provider: 'anthropic',
  path: '/v1/messages',
  toolId: 'toolu_',
  overloaded: 529,
  refuseHeaders(headers, apiKey) {
    // Either will do: clients differ.
    const keys = [headers['x-api-key'], headers.authorization?.toString().replace(/^Bearer /, '')];
    if (keys.some((key) => key !== undefined && key !== apiKey) || keys.every((key) => key === undefined)) {
      return { status: 401, message: 'invalid x-api-key' };
    }
    if (!VERSIONS.includes(String(headers['anthropic-version']))) {
      return { status: 400, message: 'anthropic-version: a known version is required' };
    }
    return undefined;
  },
  read(body, thought) {
    const parsed = AnthropicRequest.safeParse(body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new BadRequest(`${issue?.path.map(String).join('.')}: ${issue?.message}`);
    }
    const request = parsed.data;
    checkRules(request, thought);
    return {
      call: callOf(request),
      stream: request.stream === true,
      thinks: thinks(request),
      count: (cache) => count(request, cache),
      body: messageOf,
      events,
    };
  },
  error(status, message) {
    const [type, usual] = ERRORS[status] ?? ['api_error', 'Internal server error'];
    return { type: 'error', error: { type, message: message ?? usual }, request_id: 'req_fake' };
  },
};

function callOf({ model, system = '', messages, tools = [], tool_choice: choice }: AnthropicRequest): FakeCall {
  const names = new Map<string, string>();
  const neutral = messages.map((message): FakeMessage => {
    const blocks = blocksOf(message);
    for (const block of blocks) if (block.type === 'tool_use') names.set(block.id, block.name);
    return {
      role: message.role,
      texts: blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])),
      toolCalls: blocks.flatMap((block) =>
        block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [],
      ),
      toolResults: blocks.flatMap((block) =>
        block.type === 'tool_result'
          ? [
              {
                name: names.get(block.tool_use_id) ?? '',
                text: textOf(block.content),
                isError: block.is_error === true,
              },
            ]
          : [],
      ),
    };
  });
  return {
    provider: 'anthropic',
    model,
    system: textOf(system),
    messages: neutral,
    tools: tools.map(({ name }) => name),
    ...(choice?.type === 'tool' && { force: choice.name }),
    lastUser: neutral.at(-1)?.texts.join('\n') ?? '',
    turn: neutral.filter(({ role }) => role === 'assistant').length,
  };
}

function textOf(content: string | readonly ({ type: 'text'; text: string } | { type: string })[] = ''): string {
  if (typeof content === 'string') return content;
  return content.map((block) => ('text' in block ? block.text : `[${block.type}]`)).join('\n');
}

/** Tools, then system, then messages, which also go by how the model is to think and choose. */
function count(request: AnthropicRequest, cache: PrefixCache): Omit<Usage, 'output'> {
  const { model, system = [], tools = [], messages } = request;
  const blocks = [
    ...tools.map((block) => ({ block, of: ['tool', model] })),
    ...(typeof system === 'string' ? [{ type: 'text', text: system } as const] : system).map((block) => ({
      block,
      of: ['system', model],
    })),
    ...messages.flatMap((message) =>
      blocksOf(message).map((block) => ({ block, of: [message.role, thinks(request), request.tool_choice?.type] })),
    ),
  ];
  const prefixes = prefixesOf(blocks);
  const marks = blocks.flatMap(({ block }, n) => ('cache_control' in block && block.cache_control ? [n] : []));
  if (request.cache_control) marks.push(blocks.length - 1);
  const { read, write } = cache.marked(prefixes, marks);
  const all = prefixes.at(-1)?.tokens ?? 0;
  return { input: all - read - write, cacheRead: read, cacheWrite: write };
}

/** A block of an answer as it is at its end, as it starts in a stream, and what the stream adds to it. */
interface Grown {
  readonly whole: object;
  readonly empty: object;
  readonly deltas: readonly object[];
}

function grownOf({ thinking, text, tools }: Spoken): Grown[] {
  const signature = signatureOf(thinking ?? '');
  const thoughts = thinking && {
    whole: { type: 'thinking', thinking, signature },
    empty: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature },
    ],
  };
  const speech = text && {
    whole: { type: 'text', text, citations: null },
    empty: { type: 'text', text: '', citations: null },
    deltas: pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
  };
  const uses = tools.map((tool) => ({
    whole: { type: 'tool_use', ...tool },
    empty: { type: 'tool_use', ...tool, input: {} },
    deltas: pieces(JSON.stringify(tool.input)).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  }));
  return [...(thoughts ? [thoughts] : []), ...(speech ? [speech] : []), ...uses];
}

function usageOf({ usage }: Spoken) {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: usage.output,
    server_tool_use: null,
    service_tier: 'standard',
  };
}

function messageOf(spoken: Spoken) {
  return {
    id: spoken.id,
    type: 'message',
    role: 'assistant',
    model: spoken.model,
    content: grownOf(spoken).map(({ whole }) => whole),
    stop_reason: STOPS[spoken.stop],
    stop_sequence: null,
    usage: usageOf(spoken),
  };
}

function events(spoken: Spoken): string[] {
  const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const usage = usageOf(spoken);
  const start = { ...messageOf(spoken), content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const blocks = grownOf(spoken).flatMap(({ empty, deltas }, index) => [
    event('content_block_start', { index, content_block: empty }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]);
  return [
    event('message_start', { message: start }),
    event('ping', {}),
    ...blocks,
    event('message_delta', { delta: { stop_reason: STOPS[spoken.stop], stop_sequence: null }, usage }),
    event('message_stop', {}),
  ];
}
