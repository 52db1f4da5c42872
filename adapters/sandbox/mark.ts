const RECORD_SEPARATOR = 0x1e;
const NONE = Buffer.alloc(0);

/**
 * Finds the end of one command's output in a stream that goes on: a separator, a number that nobody could know and a
 * status. Everything before it is handed over as it comes; what could be the beginning of the mark waits.
 */
export class MarkScanner {
  /** The status in the mark. */
  readonly mark: Promise<string>;
  readonly #mark: Buffer;
  readonly #onData: (chunk: Buffer) => void;
  #held: Buffer = NONE;
  #found = false;
  #resolve: (status: string) => void = () => undefined;

  constructor(nonce: string, onData: (chunk: Buffer) => void) {
    this.#mark = Buffer.from(`\x1e${nonce} `);
    this.#onData = onData;
    this.mark = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  write(chunk: Buffer): void {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = NONE;
    if (this.#found) {
      this.#readStatus(bytes);
      return;
    }
    const at = bytes.indexOf(this.#mark);
    if (at >= 0) {
      this.#found = true;
      this.#emit(bytes.subarray(0, at));
      this.#readStatus(bytes.subarray(at + this.#mark.length));
      return;
    }
    const from = this.#heldFrom(bytes);
    this.#held = Buffer.from(bytes.subarray(from));
    this.#emit(bytes.subarray(0, from));
  }

  /** The stream has ended without a mark: what waited was output. */
  flush(): void {
    if (!this.#found) this.#emit(this.#held);
    this.#held = NONE;
  }

  #emit(bytes: Buffer): void {
    if (bytes.length > 0) this.#onData(bytes);
  }

  /** Where the longest end of the bytes begins that is a beginning of the mark. */
  #heldFrom(bytes: Buffer): number {
    const first = Math.max(0, bytes.length - this.#mark.length + 1);
    for (let at = bytes.indexOf(RECORD_SEPARATOR, first); at >= 0; at = bytes.indexOf(RECORD_SEPARATOR, at + 1)) {
      if (bytes.subarray(at).equals(this.#mark.subarray(0, bytes.length - at))) return at;
    }
    return bytes.length;
  }

  #readStatus(bytes: Buffer): void {
    const end = bytes.indexOf(0x0a);
    if (end < 0) this.#held = Buffer.from(bytes);
    else this.#resolve(bytes.subarray(0, end).toString());
  }
}
