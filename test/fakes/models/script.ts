import type { Usage } from '../../../schemas/money.js';

// What a script of the fake models reads and says, in no provider's words.

export type FakeProvider = 'anthropic' | 'openai';

export interface FakeMessage {
  readonly role: 'user' | 'assistant';
  readonly texts: readonly string[];
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[];
  /** OpenAI's protocol has no mark for an error: there `isError` is always false. */
  readonly toolResults: readonly { readonly name: string; readonly text: string; readonly isError: boolean }[];
}

/** A request as a script sees it: the whole conversation, so that the script needs no memory of its own. */
export interface FakeCall {
  readonly provider: FakeProvider;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly FakeMessage[];
  /** Names of the declared tools. */
  readonly tools: readonly string[];
  /** The tool that must be called, if one is forced. */
  readonly force?: string;
  /** Texts of the last message. */
  readonly lastUser: string;
  /** Assistant messages so far: 0 at the first call. */
  readonly turn: number;
}

/** What goes wrong instead of an answer, or on its way. Only `refusal` is an answer and paid for. */
export type FakeFault =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** The connection breaks midway. */
  | 'cut'
  /** 200 with a page of HTML, as from a proxy. */
  | 'nonsense'
  /** No answer at all until the client gives up. */
  | 'hang'
  | 'refusal';

export interface FakeReply {
  /** Said only where the request asks for thinking. */
  readonly thinking?: string;
  readonly text?: string;
  readonly tools?: readonly { readonly name: string; readonly input: unknown }[];
  /** By default `tools` when there are any, else `end`. */
  readonly stop?: 'end' | 'tools' | 'length';
  /** In place of what is reckoned from the bytes. */
  readonly usage?: Partial<Usage>;
  /** Before the first byte. */
  readonly delayMs?: number;
  /** Between the pieces of a stream. */
  readonly paceMs?: number;
  readonly fault?: FakeFault;
}

export type FakeScript = (call: FakeCall) => FakeReply | Promise<FakeReply>;

/** One script per role; the role is what the system prompt's line `Role: <name>@<version>` says. */
export function byRole(scripts: Readonly<Record<string, FakeScript>>): FakeScript {
  return (call) => {
    const role = /^Role: ([a-z-]+)(@\S+)?$/m.exec(call.system)?.[1];
    const script = role === undefined ? undefined : scripts[role];
    if (!script) throw new Error(`no script for ${role === undefined ? 'a prompt without a role' : `role ${role}`}`);
    return script(call);
  };
}
