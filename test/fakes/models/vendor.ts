import type { Usage } from '../../../schemas/money.js';
import type { PrefixCache } from './prefix-cache.js';
import type { FakeCall, FakeProvider } from './script.js';

/** A request that the vendor's API answers with 400. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** An answer before it is put into a vendor's words. */
export interface Spoken {
  readonly id: string;
  readonly model: string;
  readonly thinking?: string;
  readonly text?: string;
  readonly tools: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  readonly stop: 'end' | 'tools' | 'length' | 'refusal';
  readonly usage: Usage;
}

/** A valid request. */
export interface ReadRequest {
  readonly call: FakeCall;
  readonly stream: boolean;
  /** It asks for thinking and this API shows it. */
  readonly thinks: boolean;
  /** Tokens of the input, of which some are in the vendor's cache; puts there what the request asks for. */
  count(cache: PrefixCache): Omit<Usage, 'output'>;
  body(spoken: Spoken): unknown;
  /** The pieces of the stream, each a whole server-sent event. */
  events(spoken: Spoken): readonly string[];
}

export interface Vendor {
  readonly provider: FakeProvider;
  readonly path: string;
  /** Prefix of the ids of tool calls. */
  readonly toolId: string;
  /** What is wrong with the headers: 401 or 400. */
  refuseHeaders(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    apiKey: string,
  ): { readonly status: number; readonly message: string } | undefined;
  /** Throws `BadRequest`. `thought` tells which tool calls this server preceded with thinking. */
  read(body: unknown, thought: ReadonlySet<string>): ReadRequest;
  error(status: number, message?: string): unknown;
  /** Status of an outage. */
  readonly overloaded: number;
}

/** Tokens of an input or output: a quarter of its bytes as JSON. */
export function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value) ?? '') / 4);
}

/** Text in the pieces in which a stream brings it. */
export function pieces(text: string): string[] {
  const size = Math.max(20, Math.ceil(text.length / 40));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size));
}
