import { StringDecoder } from 'node:string_decoder';

/** Keeps the beginning and the end of a stream of any length in bounded memory and counts the rest. */
export class BoundedOutput {
  readonly #limit: number;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(chunk: Buffer): void {
    this.#total += chunk.length;
    const room = Math.max(0, Math.ceil(this.#limit / 2) - this.#headBytes);
    if (room > 0) {
      // Copied: a slice would keep the whole chunk that it came in alive.
      const kept = chunk.length <= room ? chunk : Buffer.from(chunk.subarray(0, room));
      this.#head.push(kept);
      this.#headBytes += kept.length;
    }
    if (chunk.length > room) this.#writeTail(room > 0 ? chunk.subarray(room) : chunk);
  }

  #writeTail(chunk: Buffer): void {
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    const most = Math.floor(this.#limit / 2);
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= most && this.#tail.length > 0) {
      this.#tailBytes -= this.#tail.shift()?.length ?? 0;
    }
  }

  get total(): number {
    return this.#total;
  }

  get dropped(): number {
    return Math.max(0, this.#total - this.#limit);
  }

  /** What was kept, without any mark where bytes are missing. */
  bytes(): Buffer {
    const most = Math.floor(this.#limit / 2);
    const tail = Buffer.concat(this.#tail);
    return Buffer.concat([...this.#head, tail.subarray(Math.max(0, tail.length - most))]);
  }

  text(): string {
    if (this.dropped === 0) return this.bytes().toString();
    const kept = this.bytes();
    const cut = Math.ceil(this.#limit / 2);
    return `${kept.subarray(0, cut)}\n[${this.dropped} bytes were dropped here]\n${kept.subarray(cut)}`;
  }
}

/** Text of a stream as it comes; a character that two chunks share is handed over with the second. */
export function textSink(onText: (text: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  return (chunk) => {
    const text = decoder.write(chunk);
    if (text) onText(text);
  };
}
