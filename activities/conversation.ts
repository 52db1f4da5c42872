import { Conversation, Session, type Sha256 } from '../schemas/agent.js';
import { Message } from '../schemas/model.js';
import { parse } from '../schemas/parse.js';
import type { Blobs } from './ports.js';

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

export async function append(
  blobs: Blobs,
  conversation: Conversation,
  message: Message,
  outputs: readonly Sha256[],
): Promise<Sha256> {
  const { sha256 } = await blobs.put(JSON.stringify(message), 'application/json');
  const next: Conversation = {
    version: 1,
    messages: [...conversation.messages, sha256],
    outputs: [...new Set([...conversation.outputs, ...outputs])],
  };
  return (await blobs.put(JSON.stringify(next), 'application/json')).sha256;
}

/** Four characters are about a token; an image is about what providers count for one of a usual size. */
export function estimateTokens({ parts }: Message): number {
  const content = parts.flatMap((part) => (part.type === 'tool-result' ? part.content : []));
  const sizes = content.map((part) => (part.type === 'text' ? part.text.length / 4 : 1600));
  return Math.ceil(sizes.reduce((sum, size) => sum + size, 0));
}
