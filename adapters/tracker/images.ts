import type { BlobRef } from '../../schemas/blob-ref.js';
import type { Attachment } from '../../schemas/work-item.js';

// Pictures that people attach to an item, kept for those who plan, write and compare.

const MOST = 5;
const MOST_BYTES = 5 * 1024 * 1024;

export interface AttachedFile {
  readonly name: string;
  readonly url: string;
}

export interface ImageSource {
  /** Where our credentials belong: nothing is fetched from elsewhere, and no redirect is followed. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly keep: (content: Buffer, mediaType: string) => Promise<BlobRef>;
}

/** Those that are pictures by their content, whatever they are called; one that can't be read is left out. */
export async function keepImages(files: readonly AttachedFile[], source: ImageSource): Promise<Attachment[]> {
  const kept: Attachment[] = [];
  for (const { name, url } of files.filter((file) => isPictureName(file.name)).slice(0, MOST)) {
    if (new URL(url).origin !== source.origin) continue;
    const content = await fetched(url, source).catch(() => undefined);
    const mediaType = content && pictureType(content);
    if (content && mediaType) kept.push({ name: name.slice(0, 200), blob: await source.keep(content, mediaType) });
  }
  return kept;
}

function isPictureName(name: string): boolean {
  return /\.(png|jpe?g|gif|webp|svg)$/i.test(name);
}

async function fetched(url: string, { headers, timeoutMs }: ImageSource): Promise<Buffer | undefined> {
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
