import type { CollidingFile, SideCommit } from '../schemas/conflict.js';

/** What the depot knows of two commits that can't be merged without a decision. */
export interface ConflictDepot {
  /**
   * Both sides as one tree, which is kept, and the files that collide; undefined when there is nothing to decide. A file
   * that both sides changed has, for each place, the lines of `taken`, of what they had in common and of `ours`, between
   * the markers of git that name the commits.
   */
  collide(
    repo: string,
    taken: string,
    ours: string,
  ): Promise<{ readonly tree: string; readonly files: readonly CollidingFile[] } | undefined>;
  /** What a commit was made on; undefined for the first one. */
  firstParent(repo: string, commit: string): Promise<string | undefined>;
  /** The best common ancestor; undefined when there is none. */
  mergeBase(repo: string, one: string, other: string): Promise<string | undefined>;
  /** Commits that `to` has and `from` has not, and that touch the paths; the newest first, merges left out. */
  commitsOn(
    repo: string,
    range: {
      readonly from: string;
      readonly to: string;
      readonly paths: readonly string[];
      readonly most: number;
    },
  ): Promise<readonly SideCommit[]>;
  /**
   * The tree with these files as `change` says, or the first path for which it says undefined. Text is one character per
   * byte, so that no encoding is lost.
   */
  rewrite(
    repo: string,
    tree: string,
    paths: readonly string[],
    change: (text: string) => string | undefined,
  ): Promise<{ readonly tree: string } | { readonly left: string }>;
}
