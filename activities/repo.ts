import { parse as parseYaml } from 'yaml';
import type { BlobRef } from '../schemas/blob-ref.js';
import { Blueprint } from '../schemas/blueprint.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import { permanent } from './failure.js';
import type { Blobs, Depot, Forge } from './ports.js';

export const BLUEPRINT_FILE = 'signalbox.yaml';

/** The base branch as a mission found it, and the blueprint that it obeys from then on. */
export interface Base {
  readonly branch: string;
  readonly commit: string;
  readonly tree: string;
  readonly blueprint: Blueprint;
  readonly blueprintRef: BlobRef;
}

export interface Head {
  readonly commit: string;
  readonly tree: string;
}

export interface RepoPorts {
  readonly depot: Depot;
  readonly forge: Forge;
  readonly blobs: Blobs;
}

export function createRepoActivities({ depot, forge, blobs }: RepoPorts) {
  return {
    /** Brings the base branch into the depot and reads its blueprint. Fails for good with `InvalidBlueprint`. */
    async readBase({ repo }: { readonly repo: string }): Promise<Base> {
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
      return {
        branch: location.defaultBranch,
        ...head,
        blueprint,
        blueprintRef: await blobs.put(text, 'application/yaml'),
      };
    },

    /** Where the base branch is now. */
    async readHead({ repo }: { readonly repo: string }): Promise<Head> {
      const location = forge.location(repo);
      return depot.fetch(location, location.defaultBranch);
    },

    /**
     * One commit that has all the others, merged one after the other. Fails for good with `MergeConflict`, naming
     * the files. `time` in seconds, given by the workflow so that a retry makes the same commit.
     */
    async integrate(input: {
      readonly repo: string;
      readonly commits: readonly string[];
      readonly message: string;
      readonly time: number;
    }): Promise<Head> {
      const { repo, commits, message, time } = input;
      const [first, ...rest] = commits;
      if (!first) throw permanent('BadInput', 'there is nothing to integrate: no commit was given');
      let head: string = first;
      let tree: string | undefined;
      for (const commit of rest) {
        if (await depot.isAncestor(repo, commit, head)) continue;
        if (await depot.isAncestor(repo, head, commit)) {
          head = commit;
          tree = undefined;
          continue;
        }
        const merged = await depot.merge(repo, head, commit);
        if ('conflicts' in merged) {
          throw permanent('MergeConflict', `${message}: the changes collide in ${merged.conflicts.join(', ')}`);
        }
        tree = merged.tree;
        head = (await depot.commit({ repo, tree, parents: [head, commit], message, time })).commit;
      }
      return { commit: head, tree: tree ?? (await depot.treeOf(repo, head)) };
    },
  };
}

export type RepoActivities = ReturnType<typeof createRepoActivities>;

function readBlueprint(text: string, repo: string): Blueprint {
  try {
    return parse(Blueprint, parseYaml(text), `${BLUEPRINT_FILE} of ${repo}`);
  } catch (error) {
    if (error instanceof RefusedInput) throw permanent('InvalidBlueprint', error.message);
    throw permanent('InvalidBlueprint', `${BLUEPRINT_FILE} of ${repo} is not YAML: ${(error as Error).message}`);
  }
}
