import { Conversation, Session, type Sha256 } from '../schemas/agent.js';
import { Message } from '../schemas/model.js';
import { parse } from '../schemas/parse.js';
import type { Blobs } from './ports.js';

// Conversations as blobs. A message is stored once and never changes, so what a provider has cached stays valid.

/** On the safe side of the four that prose has: code has more signs, and other languages more bytes. */
const BYTES_PER_TOKEN = 3.5;
/** What providers count for an image of a usual size. */
const IMAGE_TOKENS = 1600;

async function json(blobs: Blobs, sha256: Sha256): Promise<unknown> {
  return JSON.parse((await blobs.get({ sha256 })).toString());
}

export async function readSession(blobs: Blobs, sha256: Sha256): Promise<Session> {
  return parse(Session, await json(blobs, sha256), `session sha256:${sha256}`);
}

export async function readConversation(blobs: Blobs, sha256: Sha256): Promise<Conversation> {
  return parse(Conversation, await json(blobs, sha256), `conversation sha256:${sha256}`);
}

export async function readMessage(blobs: Blobs, sha256: Sha256): Promise<Message> {
  return parse(Message, await json(blobs, sha256), `message sha256:${sha256}`);
}

export async function readMessages(blobs: Blobs, { messages }: Conversation): Promise<Message[]> {
  return Promise.all(messages.map((sha256) => readMessage(blobs, sha256)));
}

/** The address of the longer conversation. Equal messages have equal addresses: the schema sets the order of fields. */
export async function append(
  blobs: Blobs,
  conversation: Conversation,
  messages: readonly Message[],
  outputs: readonly Sha256[] = [],
): Promise<Sha256> {
  const added = await Promise.all(
    messages.map((message) => blobs.put(JSON.stringify(parse(Message, message, 'message')), 'application/json')),
  );
  const next: Conversation = {
    version: 1,
    messages: [...conversation.messages, ...added.map(({ sha256 }) => sha256)],
    outputs: [...new Set([...conversation.outputs, ...outputs])],
  };
  return (await blobs.put(JSON.stringify(next), 'application/json')).sha256;
}

/** Tokens of a text or a message, before any provider has counted them. */
export function estimateTokens(what: string | Message): number {
  if (typeof what === 'string') return Math.ceil(Buffer.byteLength(what) / BYTES_PER_TOKEN);
  return what.parts.reduce((sum, part) => sum + partTokens(part), 0);
}

function partTokens(part: Message['parts'][number]): number {
  switch (part.type) {
    case 'text':
    case 'thinking':
      return estimateTokens(part.text);
    case 'image':
      return IMAGE_TOKENS;
    case 'tool-call':
      return estimateTokens(`${part.name}${JSON.stringify(part.input)}`);
    case 'tool-result':
      return part.content.reduce(
        (sum, one) => sum + (one.type === 'text' ? estimateTokens(one.text) : IMAGE_TOKENS),
        0,
      );
  }
}
