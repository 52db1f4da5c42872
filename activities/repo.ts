import { parse as parseYaml } from 'yaml';
import type { BlobRef } from '../schemas/blob-ref.js';
import { Blueprint } from '../schemas/blueprint.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import { type BudgetsSection, scopesFor } from '../schemas/scope.js';
import { permanent } from './failure.js';
import type { Blobs, CommitRequest, Depot, Forge } from './ports.js';
import type { PullRequestForge } from './ports-forge.js';

export const BLUEPRINT_FILE = 'signalbox.yaml';

/** The base branch as a mission found it, and the blueprint that it obeys from then on. */
export interface Base {
  readonly branch: string;
  readonly commit: string;
  readonly tree: string;
  readonly blueprint: Blueprint;
  readonly blueprintRef: BlobRef;
  /** Models are configured: agents may work on it. */
  readonly agents?: boolean;
  /** The operator keeps hold-out scenarios for it. */
  readonly holdouts?: boolean;
  /** Budgets that are shared with other missions, the narrowest first: `repo/shop`, `team/PAR`, `org`. */
  readonly scopes?: readonly string[];
  /** Its forge has pull requests: the change is shown, discussed and merged there. */
  readonly pullRequests?: boolean;
  /** A chat is configured: what is told there, and how often. `channel`: for missions that did not come from it. */
  readonly chat?: { readonly channel?: string; readonly everyMs: number };
}

export interface Head {
  readonly commit: string;
  readonly tree: string;
}

export interface Integration {
  readonly repo: string;
  readonly parts: readonly { readonly commit: string; readonly title?: string }[];
  readonly message: string;
  readonly time: number;
}

export interface RepoPorts {
  readonly depot: Depot;
  readonly forge: Forge & Partial<PullRequestForge>;
  readonly blobs: Blobs;
  /** Models are configured. */
  readonly agents: boolean;
  /** Repos for which the operator keeps hold-out scenarios. */
  readonly holdouts: readonly string[];
  readonly budgets: BudgetsSection;
  /** Undefined where no chat is configured. */
  readonly chat?: ((repo: string) => Base['chat']) | undefined;
}

export function createRepoActivities({ depot, forge, blobs, agents, holdouts, budgets, chat }: RepoPorts) {
  return {
    /** Brings the base branch into the depot and reads its blueprint. Fails for good with `InvalidBlueprint`. */
    async readBase({ repo, team }: { readonly repo: string; readonly team?: string }): Promise<Base> {
      const location = forge.location(repo);
      const head = await depot.fetch(location, location.defaultBranch);
      const text = await depot.read(repo, head.tree, BLUEPRINT_FILE);
      if (text === undefined) {
        const where = `branch ${location.defaultBranch} of ${repo}`;
        throw permanent(
          'InvalidBlueprint',
          `${where} has no ${BLUEPRINT_FILE}: run \`signalbox init\` there and merge it`,
        );
      }
      const blueprint = readBlueprint(text, repo);
      const scopes = scopesFor(budgets, { repo, team });
      return {
        branch: location.defaultBranch,
        ...head,
        blueprint,
        blueprintRef: await blobs.put(text, 'application/yaml'),
        agents,
        holdouts: holdouts.includes(repo),
        ...(scopes.length > 0 && { scopes }),
        ...(forge.pullRequests?.(repo) && { pullRequests: true }),
        ...told(chat?.(repo)),
      };
    },

    /** Keeps a tree as a commit: equal requests make equal commits, so a retry adds nothing. */
    async commitTree(request: CommitRequest): Promise<Head> {
      return depot.commit(request);
    },

    /** Where the base branch is now. */
    async readHead({ repo }: { readonly repo: string }): Promise<Head> {
      const location = forge.location(repo);
      return depot.fetch(location, location.defaultBranch);
    },

    /**
     * One commit with the content of all the parts, put on each other in order. A part with a title of its own becomes
     * one plain commit, so that the branch reads as a list of changes; one without is merged and stays an ancestor.
     * Fails for good with `MergeConflict`, naming the files. `time` in seconds, given by the workflow so that a retry
     * makes the same commits.
     */
    async integrate(input: Integration): Promise<Head> {
      const { repo, parts, message, time } = input;
      const [first, ...rest] = parts;
      if (!first) throw permanent('BadInput', 'there is nothing to integrate: no commit was given');
      let head: Head = { commit: first.commit, tree: await depot.treeOf(repo, first.commit) };
      for (const { commit, title } of rest) {
        if (await depot.isAncestor(repo, commit, head.commit)) continue;
        if (await depot.isAncestor(repo, head.commit, commit)) {
          head = { commit, tree: await depot.treeOf(repo, commit) };
          continue;
        }
        const merged = await depot.merge(repo, head.commit, commit);
        if ('conflicts' in merged) {
          throw permanent('MergeConflict', `${message}: the changes collide in ${merged.conflicts.join(', ')}`);
        }
        const parents = title === undefined ? [head.commit, commit] : [head.commit];
        head = await depot.commit({ repo, tree: merged.tree, parents, message: title ?? message, time });
      }
      return head;
    },
  };
}

export type RepoActivities = ReturnType<typeof createRepoActivities>;

export function readBlueprint(text: string, repo: string): Blueprint {
  try {
    return parse(Blueprint, parseYaml(text), `${BLUEPRINT_FILE} of ${repo}`);
  } catch (error) {
    if (error instanceof RefusedInput) throw permanent('InvalidBlueprint', error.message);
    throw permanent('InvalidBlueprint', `${BLUEPRINT_FILE} of ${repo} is not YAML: ${(error as Error).message}`);
  }
}

function told(chat: Base['chat']): Pick<Base, 'chat'> {
  return chat ? { chat } : {};
}
