import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { z } from 'zod';
import type { ModelCard, ModelRequest } from '../../schemas/model.js';
import type { ModelProvider } from '../../schemas/model-settings.js';
import type { Usage } from '../../schemas/money.js';
import { boundFetch } from './bound-fetch.js';
import { openaiRequest } from './openai-request.js';
import { type Assembled, assemble, StreamError } from './openai-stream.js';
import { CALL_TIMEOUT_MS, mustStream, type Outcome, type Provider } from './provider.js';
import { eventData } from './server-sent-events.js';
import { type Fault, troubleOf } from './trouble.js';

/** Fewer characters than any tokenizer needs for a token of text or code: an estimate that is not too low. */
const CHARS_PER_TOKEN = 2.5;
/** About the dearest that an image is counted at. */
const TOKENS_PER_IMAGE = 1600;

const ErrorBody = z.object({
  error: z.union([
    z.string(),
    z.object({
      message: z.string().default(''),
      type: z.string().nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
    }),
  ]),
});

/** An answer of HTTP that is no success. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Every server that speaks chat/completions: OpenAI, Ollama, vLLM, llama.cpp, gateways. */
export function createOpenaiProvider(provider: ModelProvider, timeoutMs = CALL_TIMEOUT_MS): Provider {
  return async (card, request, { signal, onText }) =>
    traced(provider, card, request, async (span) => {
      const started = performance.now();
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const body = JSON.stringify(openaiRequest(card, request));
        const response = await post(provider, body, AbortSignal.any([signal, deadline]));
        const { usage, chars, ...answer } = await assemble(eventData(response), { provider: provider.name, onText });
        const counted = usage ?? estimate(request, body, chars);
        span.setAttributes(answered(answer, counted));
        const durationMs = Math.round(performance.now() - started);
        return { answer: { ...answer, usage: counted, model: card.name, durationMs } };
      } catch (error) {
        signal.throwIfAborted();
        const timedOut = deadline.aborted && { message: `no whole answer within ${timeoutMs / 1000} s` };
        return troubleOf(timedOut || faultOf(error), provider, card);
      }
    });
}

async function post({ baseUrl, apiKey }: ModelProvider, body: string, signal: AbortSignal) {
  const response = await boundFetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
    body,
    signal,
    // A redirect would take the key and the code along to wherever it points.
    redirect: 'error',
  });
  if (!response.ok || !response.body) throw new Refused(await httpFault(response));
  mustStream(response);
  return response.body;
}

async function httpFault(response: Response): Promise<Fault> {
  const { status, headers } = response;
  const text = await response.text();
  const { error } = ErrorBody.safeParse(asJson(text)).data ?? { error: text };
  if (typeof error === 'string') return { status, headers, message: error };
  return { status, headers, words: words(error), message: error.message };
}

function faultOf(error: unknown): Fault {
  if (error instanceof Refused) return error.fault;
  if (error instanceof StreamError) {
    const { code, message } = error;
    // Gateways hand on the status of the server behind them.
    return { ...(typeof code === 'number' && code >= 400 && { status: code }), words: words(error), message };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { message: `${error.message}${cause}`, nonsense: error.name === 'Nonsense' };
}

function words({ type, code }: { type?: string | null | undefined; code?: string | number | null | undefined }) {
  return [type ?? undefined, code == null ? undefined : String(code)];
}

/** A server that does not count is not free: what was sent and what came is estimated, rather too high. */
function estimate({ messages }: ModelRequest, body: string, chars: number): Usage {
  const images = messages
    .flatMap(({ parts }) => parts)
    .flatMap((part) => (part.type === 'tool-result' ? part.content : [part]))
    .flatMap((content) => (content.type === 'image' ? [content.base64.length] : []));
  const sent = body.length - images.reduce((sum, length) => sum + length, 0);
  return {
    input: Math.max(1, Math.ceil(sent / CHARS_PER_TOKEN)) + images.length * TOKENS_PER_IMAGE,
    output: Math.max(1, Math.ceil(chars / CHARS_PER_TOKEN)),
    cacheRead: 0,
    cacheWrite: 0,
  };
}

/** One span for one call, named and described as OpenTelemetry has it for models. What is said is not in it. */
function traced(
  { name, baseUrl }: ModelProvider,
  card: ModelCard,
  { maxOutputTokens }: ModelRequest,
  call: (span: Span) => Promise<Outcome>,
): Promise<Outcome> {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': name,
    'gen_ai.request.model': card.id,
    'gen_ai.request.max_tokens': maxOutputTokens,
    'server.address': new URL(baseUrl).hostname,
  };
  const tracer = trace.getTracer('signalbox');
  return tracer.startActiveSpan(`chat ${card.id}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      const outcome = await call(span);
      if ('trouble' in outcome) failed(span, outcome.trouble.kind);
      return outcome;
    } catch (error) {
      failed(span, 'cancelled');
      throw error;
    } finally {
      span.end();
    }
  });
}

function failed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function answered({ id, stop }: Pick<Assembled, 'id' | 'stop'>, usage: Usage): Attributes {
  return {
    'gen_ai.response.id': id,
    'gen_ai.response.finish_reasons': [stop],
    'gen_ai.usage.input_tokens': usage.input + usage.cacheRead + usage.cacheWrite,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.output_tokens': usage.output,
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
