import type { Usage } from '../../../schemas/money.js';
import { checkRules, OpenAiRequest } from './openai-request.js';
import { type PrefixCache, prefixesOf } from './prefix-cache.js';
import type { FakeCall, FakeMessage } from './script.js';
import { BadRequest, pieces, type Spoken, type Vendor } from './vendor.js';

const ERRORS: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ['invalid_request_error', null, 'invalid request'],
  401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided: fake.'],
  403: ['invalid_request_error', 'forbidden', 'You are not allowed to use this model'],
  404: ['invalid_request_error', 'model_not_found', 'The model does not exist or you do not have access to it.'],
  429: ['requests', 'rate_limit_exceeded', 'Rate limit reached for requests'],
  503: ['server_error', null, 'The engine is currently overloaded, please try again later'],
};

const STOPS = { end: 'stop', tools: 'tool_calls', length: 'length', refusal: 'stop' } as const;

/** OpenAI's Chat Completions API. */
export const OPENAI: Vendor = {
  provider: 'openai',
  path: '/v1/chat/completions',
  toolId: 'call_',
  overloaded: 503,
  refuseHeaders(headers, apiKey) {
    if (headers.authorization === `Bearer ${apiKey}`) return undefined;
    return { status: 401, message: 'Incorrect API key provided.' };
  },
  read(body) {
    const parsed = OpenAiRequest.safeParse(body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new BadRequest(`Invalid value for '${issue?.path.map(String).join('.')}': ${issue?.message}`);
    }
    const request = parsed.data;
    checkRules(request);
    return {
      call: callOf(request),
      stream: request.stream === true,
      thinks: false,
      count: (cache) => count(request, cache),
      body: (spoken) => ({
        ...headOf(spoken, 'chat.completion'),
        choices: [{ index: 0, message: messageOf(spoken), logprobs: null, finish_reason: STOPS[spoken.stop] }],
        usage: usageOf(spoken),
      }),
      events: (spoken) => events(spoken, request.stream_options?.include_usage === true),
    };
  },
  error(status, message) {
    const [type, code, usual] = ERRORS[status] ?? ['server_error', null, 'The server had an error'];
    return { error: { message: message ?? usual, type, param: null, code } };
  },
};

/** Results of tools are messages of their own here; to a script they are part of what the user says next. */
function callOf({ model, messages, tools = [], tool_choice: choice }: OpenAiRequest): FakeCall {
  const names = new Map<string, string>();
  const neutral: FakeMessage[] = [];
  const system: string[] = [];
  for (const message of messages) {
    if (message.role === 'system' || message.role === 'developer') {
      system.push(...textsOf(message.content));
    } else if (message.role === 'assistant') {
      const calls = message.tool_calls ?? [];
      for (const { id, function: called } of calls) names.set(id, called.name);
      const toolCalls = calls.map(({ function: called }) => ({ name: called.name, input: inputOf(called.arguments) }));
      neutral.push({ role: 'assistant', texts: textsOf(message.content), toolCalls, toolResults: [] });
    } else {
      const texts = textsOf(message.content);
      const result = message.role === 'tool' && {
        name: names.get(message.tool_call_id) ?? '',
        text: texts.join('\n'),
        isError: false,
      };
      const before = neutral.at(-1)?.role === 'user' ? neutral.pop() : undefined;
      neutral.push({
        role: 'user',
        texts: [...(before?.texts ?? []), ...(result ? [] : texts)],
        toolCalls: [],
        toolResults: [...(before?.toolResults ?? []), ...(result ? [result] : [])],
      });
    }
  }
  return {
    provider: 'openai',
    model,
    system: system.join('\n'),
    messages: neutral,
    tools: tools.map((tool) => tool.function.name),
    ...(typeof choice === 'object' && { force: choice.function.name }),
    lastUser: neutral.at(-1)?.texts.join('\n') ?? '',
    turn: neutral.filter(({ role }) => role === 'assistant').length,
  };
}

function textsOf(
  content: string | readonly ({ type: 'text'; text: string } | { type: 'image_url' })[] | null = '',
): string[] {
  if (typeof content === 'string') return content === '' ? [] : [content];
  return (content ?? []).map((part) => (part.type === 'text' ? part.text : '[image]'));
}

function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function count({ model, tools = [], messages }: OpenAiRequest, cache: PrefixCache): Omit<Usage, 'output'> {
  const prefixes = prefixesOf([...tools.map((tool) => [model, tool]), ...messages.map((message) => [model, message])]);
  const { read } = cache.automatic(prefixes);
  return { input: (prefixes.at(-1)?.tokens ?? 0) - read, cacheRead: read, cacheWrite: 0 };
}

function headOf({ id, model }: Spoken, object: string) {
  return { id, object, created: 0, model, system_fingerprint: 'fp_fake' };
}

function messageOf({ text = '', tools, stop }: Spoken) {
  return {
    role: 'assistant',
    content: stop === 'refusal' || text === '' ? null : text,
    refusal: stop === 'refusal' ? text : null,
    ...(tools.length > 0 && { tool_calls: tools.map(toolCallOf) }),
  };
}

function toolCallOf({ id, name, input }: Spoken['tools'][number]) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

/** Here the prompt's tokens include what was read from the cache. */
function usageOf({ usage }: Spoken) {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead },
  };
}

function events(spoken: Spoken, includeUsage: boolean): string[] {
  const head = headOf(spoken, 'chat.completion.chunk');
  const event = (data: object) => `data: ${JSON.stringify({ ...head, ...data })}\n\n`;
  const chunk = (delta: object, finish: string | null = null) =>
    event({ choices: [{ index: 0, delta, finish_reason: finish }], ...(includeUsage && { usage: null }) });
  const said = spoken.stop === 'refusal' ? 'refusal' : 'content';
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(spoken.text ?? '').map((piece) => chunk({ [said]: piece })),
    ...spoken.tools.flatMap((tool, index) => {
      const call = toolCallOf(tool);
      const start = { ...call, function: { name: tool.name, arguments: '' } };
      return [
        chunk({ tool_calls: [{ index, ...start }] }),
        ...pieces(call.function.arguments).map((piece) =>
          chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
        ),
      ];
    }),
    chunk({}, STOPS[spoken.stop]),
    ...(includeUsage ? [event({ choices: [], usage: usageOf(spoken) })] : []),
    'data: [DONE]\n\n',
  ];
}
