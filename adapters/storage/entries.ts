import type { ObjectStore } from './object-store.js';

/** Requests at once when many entries are new to this process. */
const AT_ONCE = 16;

/**
 * Small things under one prefix that never change once they are there: where a file would be appended to, an object
 * store gets one object each. A process asks for the content of each once.
 */
export class Entries {
  readonly #store: ObjectStore;
  readonly #known = new Map<string, string>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** An entry of this key that is there already stays as it is. */
  async add(key: string, text: string): Promise<void> {
    await this.#store.create(key, Buffer.from(text));
  }

  /** Key -> text of those under the prefix, by key. */
  async read(prefix: string): Promise<ReadonlyMap<string, string>> {
    const keys = await this.#store.list(prefix);
    const unknown = keys.filter((key) => !this.#known.has(key));
    const fetchSome = async () => {
      for (let key = unknown.pop(); key !== undefined; key = unknown.pop()) {
        const bytes = await this.#store.get(key);
        // Another process may have removed it since.
        if (bytes) this.#known.set(key, bytes.toString());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
    return new Map(
      keys.flatMap((key) => {
        const text = this.#known.get(key);
        return text === undefined ? [] : [[key, text] as const];
      }),
    );
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#store.remove(key);
      this.#known.delete(key);
    }
  }
}
