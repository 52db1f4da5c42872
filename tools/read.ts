import type { ToolInput } from '../schemas/tool.js';
import { type Answer, done, Failed, fitting, shortened } from './answer.js';
import { bytesOf, present, textOf } from './place.js';

const CHARACTERS = 40_000;
const LINE_CHARACTERS = 2000;
/** As base64 below what every provider takes. */
const IMAGE_BYTES = 3_500_000;

/** A part of a file, with the numbers of its lines. */
export async function read(root: string, { path = '', from = 1, lines }: ToolInput<'read'>): Promise<Answer> {
  const text = await textOf(await present(root, path), path);
  if (text === '') return done(`${path} is empty`);
  const all = text.replace(/\n$/, '').split('\n');
  const first = Math.max(1, from);
  if (first > all.length) throw new Failed(`${path} has ${all.length} lines`);
  const wanted = all
    .slice(first - 1, first - 1 + lines)
    .map(
      (line, index) => `${String(first + index).padStart(6)}\t${shortened(line.replace(/\r$/, ''), LINE_CHARACTERS)}`,
    );
  const shown = fitting(wanted, CHARACTERS).lines;
  const last = first + shown.length - 1;
  const notes = [
    ...(last < all.length ? [`[lines ${first} to ${last} of ${all.length}; the next one is from ${last + 1}]`] : []),
    ...(text.includes('\r\n') ? ['[lines end with CRLF]'] : []),
    ...(text.endsWith('\n') || last < all.length ? [] : ['[no newline at the end]']),
  ];
  return done([...shown, ...notes].join('\n'));
}

const IMAGES = [
  { mediaType: 'image/png', starts: /^\x89PNG\r\n\x1a\n/ },
  { mediaType: 'image/jpeg', starts: /^\xff\xd8\xff/ },
  { mediaType: 'image/gif', starts: /^GIF8[79]a/ },
  { mediaType: 'image/webp', starts: /^RIFF[\s\S]{4}WEBP/ },
] as const;

/** What kind of image it is, its first bytes say, not its name. */
export async function viewImage(root: string, { path }: ToolInput<'view_image'>): Promise<Answer> {
  const bytes = await bytesOf(await present(root, path), path);
  const begin = bytes.subarray(0, 16).toString('latin1');
  const kind = IMAGES.find(({ starts }) => starts.test(begin));
  if (!kind) throw new Failed(`${path}: not a PNG, JPEG, GIF or WebP image`);
  if (bytes.length > IMAGE_BYTES) throw new Failed(`${path}: ${bytes.length} bytes are more than ${IMAGE_BYTES}`);
  const text = `${path}: ${kind.mediaType}, ${bytes.length} bytes`;
  return { outcome: 'done', text, image: { mediaType: kind.mediaType, base64: bytes.toString('base64') } };
}
