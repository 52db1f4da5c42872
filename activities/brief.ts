import { imageSize } from 'image-size';
import type { BriefPart } from '../schemas/agent.js';
import type { Message, Part } from '../schemas/model.js';
import { isSeenPicture, SVG } from '../schemas/pictures.js';
import type { Blobs } from './ports.js';
import { plain, quoted, UNSEEN } from './tool-text.js';

// What an agent is told at its start. Signalbox speaks plainly; what comes from anywhere else is quoted with its
// provenance, and can neither end its quotation nor begin one.

/** Longer parts would leave no room for the work. */
const PART_CHARACTERS = 200_000;

/** An SVG is told as text, of which models need no more. */
const SVG_CHARACTERS = 20_000;
/** What providers take of one picture, with the third that base64 adds; and how many are shown. */
const PICTURE_BYTES = 3_600_000;
const PICTURE_SIDE = 8_000;
const PICTURES = 4;

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

interface Shown {
  readonly text?: string | undefined;
  readonly picture?: Part;
}

/** A picture is shown as it is, in a bearable size; what can't be shown is said. */
async function shownOf(
  blobs: Pick<Blobs, 'get'>,
  { text, blob }: Pick<BriefPart, 'text' | 'blob'>,
  more: boolean,
): Promise<Shown> {
  if (!blob) return { text };
  const { mediaType } = blob;
  if (!isSeenPicture(mediaType)) {
    const kept = (await blobs.get(blob)).toString();
    return { text: text === undefined ? kept : `${text}\n${kept}` };
  }
  const unseen = (why: string) => ({ text: `${text ?? ''}\n[not shown: ${why}]` });
  if (!more) return unseen(`only ${PICTURES} pictures are`);
  if (blob.bytes > PICTURE_BYTES) return unseen(`it has ${blob.bytes} bytes`);
  // What is told besides is worth more than a picture that was thrown away.
  const bytes = await blobs.get(blob).catch(() => undefined);
  const size = bytes && sizeOf(bytes);
  if (!bytes || !size) return unseen('it can not be read');
  if (Math.max(size.width, size.height) > PICTURE_SIDE) return unseen(`it is ${size.width} by ${size.height}`);
  return { text, picture: { type: 'image', mediaType, base64: bytes.toString('base64') } };
}

/** Models refuse a whole request for one picture that is too large. Undefined for what is none, or is cut off. */
function sizeOf(bytes: Buffer): { readonly width: number; readonly height: number } | undefined {
  try {
    // A copy: it reads on behind the end of what is part of a larger buffer.
    const { width, height } = imageSize(Uint8Array.from(bytes));
    return width > 0 && height > 0 ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

/** The first message of a conversation: one part of text for each part of the brief, in order, each with its picture. */
export async function briefing(
  blobs: Pick<Blobs, 'get'>,
  parts: readonly ToldPart[],
  redact: (text: string) => string,
): Promise<Message> {
  const pictures = parts.filter(({ blob }) => blob && isSeenPicture(blob.mediaType)).slice(0, PICTURES);
  const told = await Promise.all(
    parts.map(async (part) => {
      const { title, from, own = false, blob } = part;
      const most = part.most ?? (blob?.mediaType === SVG ? SVG_CHARACTERS : PART_CHARACTERS);
      const { text: all = '', picture } = await shownOf(blobs, part, pictures.includes(part));
      // Redacted before it is cut, and without unseen letters: half a word, or one that they split, would slip through.
      // Our own words need no tags, and names in them may come from anywhere.
      const body = own ? quoted(redact(all)) : quote(redact(from), cut(redact(seen(all)), most));
      const text: Part = { type: 'text', text: `# ${redact(line(title))}\n\n${body}` };
      return picture ? [text, picture] : [text];
    }),
  );
  return { role: 'user', parts: told.flat() };
}
