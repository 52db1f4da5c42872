import { join } from 'node:path';
import type { Workspaces } from '../../activities/ports.js';
import { createDepot, type SnapshotDepot } from '../depot/depot.js';
import { type Fixture, prepareFixture } from './fixture.js';
import type { Probe } from './machine.js';
import { reap } from './reap.js';
import { selfTest } from './self-test.js';
import { Site, type SiteOptions } from './site.js';
import { createWorkspaces } from './workspaces.js';

export type SandboxHostOptions = SiteOptions;

export interface SandboxHost {
  readonly workspaces: Workspaces;
  readonly depot: SnapshotDepot;
  /** One line per probe. A host on which one is not ok must not run anything. */
  selfTest(): Promise<readonly Probe[]>;
  /** Removes what killed workers left behind; returns the number of their workspaces. */
  reap(): Promise<number>;
}

/** Everything that a sandbox host offers to the activities. Nothing is touched before the first use. */
export function createSandboxHost(options: SandboxHostOptions): SandboxHost {
  const { stateDir, path, caFile } = options;
  const depot = createDepot({ directory: join(stateDir, 'depots'), path, ...(caFile !== undefined && { caFile }) });
  const site = new Site(options);
  let prepared: Promise<Fixture> | undefined;
  const fixture = () => {
    prepared ??= prepareFixture(site);
    return prepared;
  };
  return {
    depot,
    workspaces: createWorkspaces({ fixture, depot }),
    selfTest: () => selfTest(site, fixture),
    reap: () => reap(site),
  };
}
