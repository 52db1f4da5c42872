import { visit } from './history.js';

/** What JSON values name: blobs, commits, trees. Only whole strings: an address inside a text is somebody's text. */
export class References {
  /** Address -> whether the value says that it is a blob's; other hashes look the same. */
  readonly blobs = new Map<string, boolean>();
  readonly commits = new Set<string>();

  find(value: unknown): void {
    visit(value, (part) => {
      if (typeof part === 'string') this.#note(part);
      else if (isBlobRef(part)) this.blobs.set(part.sha256, true);
      return true;
    });
  }

  #note(text: string): void {
    if (/^[0-9a-f]{40}$/.test(text)) this.commits.add(text);
    if (/^[0-9a-f]{64}$/.test(text) && !this.blobs.has(text)) this.blobs.set(text, false);
  }
}

function isBlobRef(value: unknown): value is { readonly sha256: string } {
  return typeof value === 'object' && value !== null && 'sha256' in value && 'bytes' in value && 'mediaType' in value;
}

/** The value of a blob that can name others; undefined of any other. */
export function jsonOf(bytes: Uint8Array): unknown {
  // 0x7b and 0x5b begin an object and a list; nothing else can name a blob.
  if (bytes[0] !== 0x7b && bytes[0] !== 0x5b) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
