import { Anthropic, AnthropicError, APIConnectionError, APIError } from '@anthropic-ai/sdk';
import type { ModelProvider } from '../../schemas/model-settings.js';
import { anthropicRequest } from './anthropic-request.js';
import { assemble } from './anthropic-stream.js';
import { boundFetch } from './bound-fetch.js';
import { CALL_TIMEOUT_MS, mustStream, type Provider } from './provider.js';
import { type Fault, troubleOf } from './trouble.js';

/** Claude, and whatever speaks its protocol. The SDK makes the span of a call. */
export function createAnthropicProvider(provider: ModelProvider, timeoutMs = CALL_TIMEOUT_MS): Provider {
  const client = new Anthropic({
    // Given, even where there is none: the SDK would look for one in the environment.
    apiKey: provider.apiKey ?? '',
    baseURL: provider.baseUrl,
    // Retries belong to the caller, who may go on with another model instead.
    maxRetries: 0,
    timeout: timeoutMs,
    fetch: boundFetch,
    // It would print what it can't read, which may be anything.
    logLevel: 'off',
    // A redirect would take the key and the code along to wherever it points.
    fetchOptions: { redirect: 'error' },
  });
  return async (card, request, { signal, onText }) => {
    const started = performance.now();
    // The SDK's own timeout ends with the headers; this one is for the whole answer.
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const { body, prefix } = anthropicRequest(card, request);
      const sending = client.messages.create(body, { signal: AbortSignal.any([signal, deadline]) });
      const { data: events, response } = await sending.withResponse();
      mustStream(response);
      const answer = await assemble(events, { provider: provider.name, prefix, onText });
      return { answer: { ...answer, model: card.name, durationMs: Math.round(performance.now() - started) } };
    } catch (error) {
      signal.throwIfAborted();
      const timedOut = deadline.aborted && { message: `no whole answer within ${timeoutMs / 1000} s` };
      return troubleOf(timedOut || faultOf(error), provider, card);
    }
  };
}

function faultOf(error: unknown): Fault {
  if (error instanceof APIConnectionError) return { message: deepest(error) };
  if (error instanceof APIError) {
    const { status, headers, type, errorCode, apiMessage, message } = error;
    return { status, headers, words: [type ?? undefined, errorCode ?? undefined], message: apiMessage ?? message };
  }
  const { name } = error instanceof Error ? error : { name: '' };
  const nonsense = name === 'Nonsense' || name === 'SyntaxError' || error instanceof AnthropicError;
  return { message: deepest(error), nonsense };
}

/** "Connection error" says less than what caused it. */
function deepest(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${deepest(error.cause)}`;
}
