import { permanent } from './failure.js';
import type { CommitTree, Depot } from './ports.js';
import type { ConflictDepot } from './ports-conflicts.js';

export interface RevertRequest {
  readonly repo: string;
  /** What is taken back: what it brought over its first parent. */
  readonly commit: string;
  /** Where the base branch is now. */
  readonly onto: string;
  readonly message: string;
  /** Seconds since the epoch, given by the workflow so that a retry makes the same commits. */
  readonly time: number;
}

/** The commit that takes something back, and the tree that was there before it had come. */
export interface Reverted extends CommitTree {
  readonly before: string;
}

export function createRevertActivities({ depot }: { readonly depot: Depot & ConflictDepot }) {
  return {
    /**
     * A commit on the base as it is now without what another commit brought; what came later stays. Fails for good with
     * `MergeConflict` when what came later builds on it, and with `BadInput` when the base does not have it.
     */
    async revertCommit({ repo, commit, onto, message, time }: RevertRequest): Promise<Reverted> {
      const parent = await depot.firstParent(repo, commit);
      if (parent === undefined || !(await depot.isAncestor(repo, commit, onto))) {
        throw permanent('BadInput', `${commit} can't be taken back: the base ${onto} of ${repo} does not have it`);
      }
      const before = await depot.treeOf(repo, parent);
      // As if it had been taken back at once: git merges that with what came later.
      const undone = await depot.commit({ repo, tree: before, parents: [commit], message, time });
      if (onto === commit) return { ...undone, before };
      const merged = await depot.merge(repo, onto, undone.commit);
      if ('conflicts' in merged) {
        throw permanent('MergeConflict', `${commit} can't be taken back: ${merged.conflicts.join(', ')} changed since`);
      }
      return { ...(await depot.commit({ repo, tree: merged.tree, parents: [onto], message, time })), before };
    },
  };
}

export type RevertActivities = ReturnType<typeof createRevertActivities>;
