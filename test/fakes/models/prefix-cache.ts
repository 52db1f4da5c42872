import { createHash } from 'node:crypto';
import { tokensOf } from './vendor.js';

/** How far before a breakpoint Anthropic looks for what it has cached. */
const LOOKBACK = 20;

/** A request as the sequence of blocks that a prompt cache goes by. */
export interface Prefix {
  readonly hash: string;
  /** Of the request up to here. */
  readonly tokens: number;
}

/** Every beginning of the sequence. `cache_control` only marks, so it is no part of what is compared. */
export function prefixesOf(blocks: readonly unknown[]): Prefix[] {
  const prefixes: Prefix[] = [];
  let hash = '';
  let tokens = 0;
  for (const block of blocks) {
    const bare = withoutMarks(block);
    hash = createHash('sha256').update(hash).update(JSON.stringify(bare)).digest('hex');
    tokens += tokensOf(bare);
    prefixes.push({ hash, tokens });
  }
  return prefixes;
}

function withoutMarks(block: unknown): unknown {
  if (Array.isArray(block)) return block.map(withoutMarks);
  if (typeof block !== 'object' || block === null) return block;
  return Object.fromEntries(
    Object.entries(block).flatMap(([key, value]) => (key === 'cache_control' ? [] : [[key, withoutMarks(value)]])),
  );
}

/** The prompt cache of a vendor: it remembers prefixes and never forgets. */
export class PrefixCache {
  readonly #known = new Set<string>();
  readonly #minTokens: number;

  constructor(minTokens: number) {
    this.#minTokens = minTokens;
  }

  /** Anthropic's way: only marked prefixes are kept, and found from a mark or shortly before it. */
  marked(prefixes: readonly Prefix[], marks: readonly number[]): { readonly read: number; readonly write: number } {
    const able = marks.filter((mark) => (prefixes[mark]?.tokens ?? 0) >= this.#minTokens);
    const near = able.flatMap((mark) => prefixes.slice(Math.max(0, mark + 1 - LOOKBACK), mark + 1));
    const read = this.#longest(near);
    const kept = able.flatMap((mark) => prefixes[mark] ?? []);
    const write = Math.max(0, ...kept.map(({ tokens }) => tokens)) - read;
    for (const { hash } of kept) this.#known.add(hash);
    return { read, write: Math.max(0, write) };
  }

  /** OpenAI's way: every prefix is kept, and writing is free. */
  automatic(prefixes: readonly Prefix[]): { readonly read: number } {
    const able = prefixes.filter(({ tokens }) => tokens >= this.#minTokens);
    const read = this.#longest(able);
    for (const { hash } of able) this.#known.add(hash);
    return { read };
  }

  #longest(prefixes: readonly Prefix[]): number {
    return Math.max(0, ...prefixes.filter(({ hash }) => this.#known.has(hash)).map(({ tokens }) => tokens));
  }
}
