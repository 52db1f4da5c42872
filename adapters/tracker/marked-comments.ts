import type { Comment, EffectProvider } from '../../activities/ports-effects.js';

export interface MarkedComments {
  /** Longest that the look and the write take together. */
  readonly actMs: number;
  /** The id of the comment that carries the effect key and is our own. */
  readonly find: (comment: Comment, signal: AbortSignal) => Promise<string | undefined>;
  /** Gives its id. */
  readonly write: (comment: Comment, signal: AbortSignal) => Promise<string>;
}

/** Comments where no id of ours is taken: known by their marker and their author, and looked for before each write. */
export function markedComments({ actMs, find, write }: MarkedComments): EffectProvider<Comment> {
  return {
    actMs,
    fenced: false,
    async look(comment, { signal }) {
      const trace = await find(comment, signal);
      return trace === undefined ? { absent: true } : { trace };
    },
    async act(comment, { signal }) {
      const there = await find(comment, signal);
      if (there !== undefined) return { trace: there, already: true };
      return { trace: await write(comment, signal), already: false };
    },
  };
}
