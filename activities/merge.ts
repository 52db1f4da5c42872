import type { Change } from '../schemas/change.js';
import { type Effects, thisStep } from './effects.js';
import type { Depot, Forge } from './ports.js';
import type { EffectProvider, ForgeWrites, Merge, PullRequestForgeWrites, RefUpdate } from './ports-effects.js';

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
  /** Number of the pull request, where the forge has them. */
  readonly pullRequest?: number;
}

export interface MergePorts {
  readonly depot: Depot;
  readonly forge: Forge & ForgeWrites & Partial<PullRequestForgeWrites>;
  readonly effects: Effects;
}

/** Effects on the forge. Both compare and swap, so that a late writer changes nothing. */
export function createMergeActivities({ depot, forge, effects }: MergePorts) {
  return {
    /** Puts the change on its branch. Commits that somebody else put there are never overwritten. */
    async pushBranch(input: { readonly change: Change; readonly expected: string | null }): Promise<PushOutcome> {
      const { repo, branch, head } = input.change;
      const request = { repo, branch, commit: head, expected: input.expected };
      // A branch that somebody has taken away since is put there again when a later step asks: its wish is a new one.
      const key = `${keyOf(request)} for ${thisStep()}`;
      const acted = await effects.once({ kind: 'push', key, request, provider: forge.refs });
      if (!('moved' in acted)) return { pushed: true, already: acted.already };
      if (acted.moved !== null) await depot.fetch(forge.location(repo), branch);
      return acted;
    },

    /** Merges the change into its base branch, unless the base has moved. */
    async mergeChange(input: MergeInput): Promise<MergeOutcome> {
      const { repo, baseBranch, baseCommit, head, tree } = input.change;
      const message = mergeMessage(input);
      const { commit } = await depot.commit({ repo, tree, parents: [baseCommit, head], message, time: input.time });
      const { pullRequest: number } = input;
      const request = {
        ...{ repo, branch: baseBranch, commit, expected: baseCommit },
        ...(number !== undefined && { number, head, tree, message }),
      };
      const writes = number === undefined ? undefined : forge.pullRequestWrites?.(repo);
      const provider = mergesWith({ depot, forge }, writes?.merges ?? forge.refs);
      const acted = await effects.once({ kind: 'merge', key: keyOf(request), request, provider });
      // A forge may have made a commit of its own, with the same content.
      if (!('moved' in acted)) return { merged: acted.trace, already: acted.already };
      return { moved: (await depot.fetch(forge.location(repo), baseBranch)).commit };
    },
  };
}

function keyOf({ repo, branch, expected, commit }: RefUpdate): string {
  return `${repo} ${branch} ${expected ?? 'new'}..${commit}`;
}

/** As it is, but a merge is there also when others have built on it since. */
function mergesWith(
  { depot, forge }: Pick<MergePorts, 'depot' | 'forge'>,
  merges: EffectProvider<Merge>,
): EffectProvider<Merge> {
  return {
    ...merges,
    async look(request, watch) {
      const seen = await merges.look(request, watch);
      if (!('moved' in seen) || seen.moved === null) return seen;
      const now = await depot.fetch(forge.location(request.repo), request.branch);
      return (await depot.isAncestor(request.repo, request.commit, now.commit)) ? { trace: request.commit } : seen;
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
