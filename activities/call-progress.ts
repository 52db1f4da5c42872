const SHOWN = 2_000;

/** What a model says while it says it, as the details of a heartbeat: whoever watches the step can read along. */
export class CallProgress {
  readonly #model: string;
  readonly #redact: (text: string) => string;
  #text = '';
  #offset = 0;
  #thought = false;

  constructor(model: string, redact: (text: string) => string) {
    this.#model = model;
    this.#redact = redact;
  }

  add(text: string, thought: boolean): void {
    if (thought !== this.#thought) this.#text = '';
    this.#thought = thought;
    this.#offset += text.length;
    // Twice of what is shown: a word that is not to be shown must not slip through because it was cut in two.
    this.#text = `${this.#text}${text}`.slice(-2 * SHOWN);
  }

  /** `text`: the last of what it says or, when `thought`, thinks; `offset`: characters so far, of both. */
  toJSON() {
    const text = this.#redact(this.#text).slice(-SHOWN);
    return { model: this.#model, text, offset: this.#offset, thought: this.#thought };
  }
}
