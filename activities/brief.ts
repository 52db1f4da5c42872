import type { BriefPart } from '../schemas/agent.js';
import type { Message } from '../schemas/model.js';
import type { Blobs } from './ports.js';
import { plain, quoted, UNSEEN } from './tool-text.js';

// What an agent is told at its start. Signalbox speaks plainly; what comes from anywhere else is quoted with its
// provenance, and can neither end its quotation nor begin one.

/** Longer parts would leave no room for the work. */
const PART_CHARACTERS = 200_000;

/** A part of the brief, with the most characters of it that are told. */
export type ToldPart = BriefPart & { readonly most?: number };

/** Text of others, as text: it has no authority, and says where it comes from. */
function quote(from: string, text: string): string {
  return `<quoted from="${line(from).replaceAll('"', "'")}">\n${quoted(text).trimEnd()}\n</quoted>`;
}

function line(text: string): string {
  return quoted(seen(text)).replace(/\s+/g, ' ').trim();
}

function seen(text: string): string {
  return plain(text).replace(UNSEEN, '');
}

/** At most so many characters, and a word on it when there were more. */
function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  // Half of a pair of code units is no character.
  const kept = text.slice(0, characters).replace(/[\ud800-\udbff]$/, '');
  return `${kept}\n[cut here: the first ${kept.length} of ${text.length} characters]`;
}

/** The first message of a conversation: one part of text for each part of the brief, in order. */
export async function briefing(
  blobs: Pick<Blobs, 'get'>,
  parts: readonly ToldPart[],
  redact: (text: string) => string,
): Promise<Message> {
  const texts = await Promise.all(
    parts.map(async ({ title, from, own = false, text, blob, most = PART_CHARACTERS }) => {
      const kept = blob && (await blobs.get(blob)).toString();
      const all = [text, kept].filter((one) => one !== undefined).join('\n');
      // Redacted before it is cut, and without unseen letters: half a word, or one that they split, would slip through.
      // Our own words need no tags, and names in them may come from anywhere.
      const body = own ? quoted(redact(all)) : quote(redact(from), cut(redact(seen(all)), most));
      return `# ${redact(line(title))}\n\n${body}`;
    }),
  );
  return { role: 'user', parts: texts.map((text) => ({ type: 'text', text })) };
}
