import type { Acted, EffectProvider, Merge } from '../../activities/ports-effects.js';
import { permanent } from './failure.js';
import type { GitRefs } from './git-refs.js';
import type { Writing } from './pull-effects.js';

/**
 * What was validated is what lands: our merge commit is pushed in place of the base that it was made on. Where the rules
 * of the branch want a pull request, the forge merges it, if it makes sure itself that nothing else lands.
 */
export function mergesOn({ wire, project, requestMs }: Writing, git: GitRefs): EffectProvider<Merge> {
  /** The commit by which the forge has merged the pull request, if that brought what was validated. */
  async function landed({ repo, number, tree }: Merge, signal: AbortSignal): Promise<string | undefined> {
    if (number === undefined) return undefined;
    const { state, mergeCommit } = await wire.read(project(repo), number, signal);
    if (state !== 'merged' || mergeCommit === undefined) return undefined;
    return (await wire.treeOf(project(repo), mergeCommit, signal)) === tree ? mergeCommit : undefined;
  }

  async function byApi(request: Merge, refused: string, signal: AbortSignal): Promise<Acted> {
    const { repo, branch, number, head, tree, message = '' } = request;
    if (number === undefined || head === undefined) {
      throw permanent('Unauthorized', `${refused}; it has no pull request that could be merged instead`);
    }
    if ((await wire.treeOf(project(repo), head, signal)) !== tree) {
      throw permanent('BadInput', `${head} is not what was validated, so pull request ${number} of ${repo} stays open`);
    }
    const merged = await wire.merge(project(repo), { number, branch, head, message }, signal);
    if ('merged' in merged) {
      if ((await wire.treeOf(project(repo), merged.merged, signal)) === tree) {
        return { trace: merged.merged, already: false };
      }
      const what = `${wire.name} merged pull request ${number} of ${repo} as ${merged.merged}`;
      throw permanent('BadInput', `${what}, and what landed is not what was validated: look at it now`);
    }
    if ('queueOnly' in merged) throw permanent('MergeQueue', `${refused}; ${merged.queueOnly}`);
    const before = await landed(request, signal);
    if (before !== undefined) return { trace: before, already: true };
    const now = (await git.head(repo, branch, signal)) ?? null;
    if (now !== request.expected) return { moved: now };
    throw permanent('Unauthorized', `${refused}; ${merged.refused}`);
  }

  return {
    // It is pushed; and merged by the forge when the push was refused.
    actMs: git.refs.actMs + 3 * requestMs,
    fenced: true,
    async look(request, watch) {
      const seen = await git.refs.look(request, watch);
      if (!('moved' in seen)) return seen;
      const trace = await landed(request, watch.signal);
      return trace === undefined ? seen : { trace };
    },
    async act(request, { signal }) {
      const pushed = await git.push(request, { signal });
      if ('refused' in pushed) return byApi(request, pushed.refused, signal);
      if ('trace' in pushed && request.number !== undefined) {
        await wire.markMerged(project(request.repo), request.number, request.commit, signal);
      }
      return pushed;
    },
  };
}
