import type { Change } from '../schemas/change.js';
import type { Depot, Forge } from './ports.js';

export type PushOutcome =
  | { readonly pushed: true; readonly already: boolean }
  /** Where the branch is instead; null when it is gone. Its commits are in the depot. */
  | { readonly moved: string | null };

export type MergeOutcome =
  | { readonly merged: string; readonly already: boolean }
  /** The base branch is elsewhere now. */
  | { readonly moved: string };

export interface MergeInput {
  readonly change: Change;
  readonly title: string;
  /** Trailers of the merge commit. */
  readonly mission: string;
  readonly planVersion: number;
  readonly proof: string;
  /** Seconds since the epoch, given by the workflow so that a retry makes the same commit. */
  readonly time: number;
}

/** Effects on the forge. Both compare and swap, so that a retry after "done, then timed out" changes nothing. */
export function createMergeActivities({ depot, forge }: { readonly depot: Depot; readonly forge: Forge }) {
  return {
    /** Puts the change on its branch. Commits that somebody else put there are never overwritten. */
    async pushBranch(input: { readonly change: Change; readonly expected: string | null }): Promise<PushOutcome> {
      const { repo, branch, head } = input.change;
      const outcome = await forge.update({ repo, branch, commit: head, expected: input.expected });
      if ('done' in outcome) return { pushed: true, already: outcome.already };
      if (outcome.moved !== null) await depot.fetch(forge.location(repo), branch);
      return outcome;
    },

    /** Merges the change into its base branch, unless the base has moved. */
    async mergeChange(input: MergeInput): Promise<MergeOutcome> {
      const { repo, baseBranch, baseCommit, head, tree } = input.change;
      const { commit } = await depot.commit({
        repo,
        tree,
        parents: [baseCommit, head],
        message: mergeMessage(input),
        time: input.time,
      });
      const outcome = await forge.update({ repo, branch: baseBranch, commit, expected: baseCommit });
      if ('done' in outcome) return { merged: commit, already: outcome.already };
      const now = await depot.fetch(forge.location(repo), baseBranch);
      // An earlier attempt may have merged it, and somebody have built on that since.
      if (await depot.isAncestor(repo, commit, now.commit)) return { merged: commit, already: true };
      return { moved: now.commit };
    },
  };
}

export type MergeActivities = ReturnType<typeof createMergeActivities>;

function mergeMessage({ change, title, mission, planVersion, proof }: MergeInput): string {
  return [
    `Merge ${change.branch}: ${oneLine(title)}`,
    '',
    `Signalbox-Mission: ${mission}`,
    `Signalbox-Plan: ${planVersion}`,
    `Signalbox-Proof: sha256:${proof}`,
  ].join('\n');
}

/** A title comes from outside: on one line it can't pass for a trailer. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 120);
}
