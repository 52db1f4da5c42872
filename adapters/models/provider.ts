import type { Models, ModelWatch } from '../../activities/ports-models.js';
import type { ModelCard, ModelRequest } from '../../schemas/model.js';

/** What a call comes to: an answer, or why there is none. */
export type Outcome = Awaited<ReturnType<Models['call']>>;

/** One call of one model. Throws only when the caller gave it up: the reason of its signal. */
export type Provider = (card: ModelCard, request: ModelRequest, watch: ModelWatch) => Promise<Outcome>;

/** Longer than any answer that is still worth waiting for: 128,000 tokens at 140 a second. */
export const CALL_TIMEOUT_MS = 15 * 60_000;

/** A message may not be empty; a provider's answer may. */
export const NOTHING_SAID = '[nothing said]';
/** In the place of one, for a model that does not look at images. */
export const UNSEEN_IMAGE = '[an image, which you can not see]';

/** An answer that can't be understood: asking the same again would give the same. */
export class Nonsense extends Error {
  override readonly name = 'Nonsense';
}

/** The provider stopped in the middle. */
export class CutShort extends Error {
  override readonly name = 'CutShort';
}

/** What is no stream comes from somebody else: the login page of a network, an address that is not the API's. */
export function mustStream({ headers }: Pick<Response, 'headers'>): void {
  const type = headers.get('content-type') ?? 'nothing that has a type';
  if (!type.includes('text/event-stream')) throw new CutShort(`it answered with ${type} and not with a stream`);
}

/** Input that is no JSON is kept as the text that it is: the schema of the tool refuses it, and the model reads why. */
export function toolInput(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** A tool call as every provider takes it back: an object as input, and names that are names. */
export function toolCall({ id, name, input }: { id: string; name: string; input: unknown }) {
  const object = typeof input === 'object' && input !== null && !Array.isArray(input);
  return {
    id: toolCallId(id),
    name: name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unnamed',
    input: object ? (input as Record<string, unknown>) : { unreadable: input },
  };
}

export function toolCallId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_');
}
