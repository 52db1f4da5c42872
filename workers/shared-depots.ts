import type { EffectProvider, RefUpdate } from '../activities/ports-effects.js';
import type { SnapshotDepot } from '../adapters/depot/depot.js';
import { refused } from '../adapters/depot/git.js';
import type { Forges } from '../adapters/forge/forges.js';
import type { SandboxHostOptions } from '../adapters/sandbox/host.js';
import { within } from '../adapters/storage/object-store.js';
import type { Storage } from '../adapters/storage/storage.js';
import type { Config } from '../temporal.config.js';

// What an installation on several machines has besides: the depot of each can go on from what another has made.

/** Git pushes from the depot of this machine: what another has made comes there with the look before the push. */
export function pushing({ refs, pullRequestWrites, ...forge }: Forges, depot: SnapshotDepot): Forges {
  return {
    ...forge,
    refs: bringing(refs, depot),
    pullRequestWrites(repo) {
      const writes = pullRequestWrites(repo);
      return writes && { ...writes, merges: bringing(writes.merges, depot) };
    },
  };
}

function bringing<Request extends RefUpdate>(
  { look, ...provider }: EffectProvider<Request>,
  { bring }: SnapshotDepot,
): EffectProvider<Request> {
  return {
    ...provider,
    async look(request, watch) {
      await bring(request.repo, request.commit);
      return look(request, watch);
    },
  };
}

export function sharedDepots({ repos }: Config, { shared }: Storage): Pick<SandboxHostOptions, 'shared'> {
  if (!shared) return {};
  const location = (name: string) => {
    const repo = repos.find((one) => one.name === name);
    if (repo) return repo;
    throw refused('UnknownRepo', `no repo "${name}" is configured on this machine`);
  };
  return { shared: { store: within(shared, 'depots/'), location } };
}
