import type { Notice } from '../schemas/agent.js';
import type { Message, Part } from '../schemas/model.js';
import type { Blobs } from './ports.js';
import { quoted } from './tool-text.js';

/** Of each blob: a log tells most at its beginning and at its end. */
const HEAD = 3_000;
const TAIL = 3_000;

/** What an agent is told between its turns. Blobs are quoted: they come from strangers and have no authority. */
export async function inboxMessage(
  blobs: Pick<Blobs, 'get'>,
  notices: readonly Notice[],
  redact: (text: string) => string,
): Promise<Message> {
  const parts = notices.map(async ({ from, text, blobs: refs = [] }): Promise<Part> => {
    const source = quoted(redact(from)).replace(/\s+/g, ' ').replaceAll('"', "'");
    const logs = await Promise.all(
      refs.map(async (ref) => {
        const log = quoted(shortened(redact((await blobs.get(ref)).toString())));
        return `<quoted from="${source}, sha256:${ref.sha256.slice(0, 12)}">\n${log.trimEnd()}\n</quoted>`;
      }),
    );
    return { type: 'text', text: [`<notice from="${source}">`, quoted(redact(text)), '</notice>', ...logs].join('\n') };
  });
  return { role: 'user', parts: await Promise.all(parts) };
}

function shortened(text: string): string {
  const left = text.length - HEAD - TAIL;
  if (left <= 0) return text;
  return `${text.slice(0, HEAD)}\n[${left} characters left out here]\n${text.slice(-TAIL)}`;
}

/**
 * Neighbours of one role as one message: providers want the roles to take turns. The kept messages stay as they are, and
 * what is merged at one turn is merged in the same way at the next, so the prefix does not change.
 */
export function inTurns(messages: readonly Message[]): Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.role === message.role) turns[turns.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
    else turns.push(message);
  }
  return turns;
}

/** Ids of the calls of tools that have no result yet. */
export function unanswered(messages: readonly Message[]): string[] {
  const open = new Set<string>();
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.type === 'tool-call') open.add(part.id);
    if (part.type === 'tool-result') open.delete(part.id);
  }
  return [...open];
}
