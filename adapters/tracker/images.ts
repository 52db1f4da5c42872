import type { BlobRef } from '../../schemas/blob-ref.js';
import type { Attachment } from '../../schemas/work-item.js';

// Pictures that people attach to an item, kept for those who plan, write and compare.

const MOST = 5;
const MOST_BYTES = 5 * 1024 * 1024;

/** What was fetched is known by its address; uploads do not change. */
const KNOWN = 500;

export interface AttachedFile {
  readonly name: string;
  readonly url: string;
  /** Whoever wrote the item shows it as a picture: its name need not say that it is one. */
  readonly shown?: true;
}

/**
 * What to show in order to be let in there. Undefined for every other place: people write addresses into items, and
 * nothing is fetched from wherever they like. No redirect is followed.
 */
export type ImageAccess = (url: URL) => Readonly<Record<string, string>> | undefined;

export interface ImageSource {
  readonly timeoutMs: number;
  readonly keep: (content: Buffer, mediaType: string) => Promise<BlobRef>;
}

/** Those that are pictures by their content, whatever they are called; one that can't be read is left out. */
export type ImageKeeper = (files: readonly AttachedFile[], access: ImageAccess) => Promise<Attachment[]>;

/** Fetches each once. */
export function createImageKeeper({ timeoutMs, keep }: ImageSource): ImageKeeper {
  const known = new Map<string, BlobRef>();

  async function fetchOnce(url: URL, access: ImageAccess): Promise<BlobRef | undefined> {
    // What else stands there is a signature that changes with each reading.
    const key = url.origin + url.pathname;
    const kept = known.get(key);
    if (kept) return kept;
    const headers = access(url);
    const content = headers && (await fetched(url, headers, timeoutMs).catch(() => undefined));
    const mediaType = content && pictureType(content);
    if (!content || !mediaType) return undefined;
    const blob = await keep(content, mediaType);
    known.set(key, blob);
    for (const oldest of [...known.keys()].slice(0, known.size - KNOWN)) known.delete(oldest);
    return blob;
  }

  return async (files, access) => {
    const wanted = files
      .filter((file) => (file.shown || isPictureName(file.name)) && URL.canParse(file.url))
      .map(({ name, url }) => ({ name, url: new URL(url) }))
      .filter(({ url }) => access(url) !== undefined);
    const first = [...new Map(wanted.map((one) => [one.url.href, one])).values()].slice(0, MOST);
    const blobs = await Promise.all(first.map(({ url }) => fetchOnce(url, access)));
    return first.flatMap(({ name }, index) => {
      const blob = blobs[index];
      return blob ? [{ name: name.slice(0, 200), blob }] : [];
    });
  };
}

/** What a text in Markdown shows as pictures. */
export function picturesIn(markdown: string): AttachedFile[] {
  return [...markdown.matchAll(/!\[([^\]\n]{0,200})\]\(\s{0,9}<?(https?:\/\/[^\s<>()]{1,2000})/g)].map(
    ([, name = '', url = '']) => ({ name: name || 'image', url, shown: true }),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', quot: '"', '#39': "'" };

/** The same of a text that its vendor has made HTML of: there the addresses are those that may be read from. */
export function picturesInHtml(html: string): AttachedFile[] {
  return [...html.matchAll(/<img\b[^>]{0,4000}>/g)].flatMap(([tag]) => {
    const attribute = (name: string) =>
      new RegExp(`\\s${name}="([^"]*)"`)
        .exec(tag)?.[1]
        ?.replace(/&(amp|quot|#39);/g, (_, name) => ENTITIES[name] ?? '');
    const url = attribute('src');
    return url === undefined ? [] : [{ name: attribute('alt') || 'image', url, shown: true as const }];
  });
}

function isPictureName(name: string): boolean {
  return /\.(png|jpe?g|gif|webp|svg)$/i.test(name);
}

async function fetched(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** By the first bytes: what the sender says of it counts for nothing. */
export function pictureType(content: Buffer): string | undefined {
  const starts = (...bytes: number[]) => content.subarray(0, bytes.length).equals(Buffer.from(bytes));
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
  const head = content.subarray(0, 1_000).toString('latin1');
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp';
  return /^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<svg[\s>]/s.test(head) ? 'image/svg+xml' : undefined;
}
