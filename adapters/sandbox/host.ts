import { join } from 'node:path';
import type { Workspaces } from '../../activities/ports.js';
import { createDepot, type DepotOptions, type SnapshotDepot } from '../depot/depot.js';
import { createSharedDepot, type SharedDepotOptions } from '../depot/shared.js';
import { type Fixture, prepareFixture } from './fixture.js';
import type { Probe } from './machine.js';
import { type Reaped, reap } from './reap.js';
import { freeBytes, makeRoom, type Room, type RoomLimits } from './room.js';
import { selfTest } from './self-test.js';
import { Site, type SiteOptions } from './site.js';
import { createWorkspaces } from './workspaces.js';

export interface SandboxHostOptions extends SiteOptions {
  readonly room?: RoomLimits;
  /** To the forges that histories are fetched from. */
  readonly access?: NonNullable<DepotOptions['access']>;
  /** Where machines share their depots; undefined when this is the only one. */
  readonly shared?: Omit<SharedDepotOptions, 'depot'>;
}

const GIB = 1024 ** 3;
const ROOM: RoomLimits = { cachesGiB: 20, quarantineGiB: 2, quarantineDays: 14, freeGiB: 1 };

export interface SandboxHost {
  readonly workspaces: Workspaces;
  readonly depot: SnapshotDepot;
  /** One line per probe. A host on which one is not ok must not run anything. */
  selfTest(): Promise<readonly Probe[]>;
  /** Ends and removes what killed workers left behind; work that no snapshot has is put aside. */
  reap(): Promise<Reaped>;
  /** Keeps what is stored here within its limits. */
  makeRoom(): Promise<Room>;
}

/** Everything that a sandbox host offers to the activities. Nothing is touched before the first use. */
export function createSandboxHost(options: SandboxHostOptions): SandboxHost {
  const { stateDir, path, caFile, access, shared, room = ROOM } = options;
  const own = createDepot({
    ...{ directory: join(stateDir, 'depots'), path },
    ...(caFile !== undefined && { caFile }),
    ...(access && { access }),
  });
  const depot = shared ? createSharedDepot({ depot: own, ...shared }) : own;
  const site = new Site(options);
  let prepared: Promise<Fixture> | undefined;
  const fixture = () => {
    prepared ??= prepareFixture(site);
    return prepared;
  };
  return {
    depot,
    workspaces: createWorkspaces({
      fixture,
      depot,
      hasRoom: async () => (await freeBytes(site)) > room.freeGiB * GIB,
    }),
    selfTest: () => selfTest(site, fixture),
    reap: () => reap(site, depot),
    makeRoom: () => makeRoom(site, room),
  };
}
