import type { OpenWorkspace, Workspace, Workspaces } from '../../activities/ports.js';
import type { SnapshotDepot } from '../depot/depot.js';
import { lost } from '../depot/git.js';
import { Checkouts } from './checkouts.js';
import { ENGINE, type Fixture, TOOLS } from './fixture.js';
import { type GitScene, runGit } from './git-tools.js';
import { Holder } from './holder.js';
import { Layers } from './layers.js';
import { Place } from './place.js';
import { SandboxWorkspace } from './workspace.js';

export interface WorkspacesOptions {
  readonly fixture: () => Promise<Fixture>;
  readonly depot: SnapshotDepot;
  /** Whether the disk has room for another workspace. */
  readonly hasRoom: () => Promise<boolean>;
}

export function createWorkspaces({ fixture, depot, hasRoom }: WorkspacesOptions): Workspaces {
  let parts: Promise<{ fixture: Fixture; checkouts: Checkouts; layers: Layers }> | undefined;
  const ready = () => {
    parts ??= fixture().then((made) => {
      const checkouts = new Checkouts(made, depot);
      return { fixture: made, checkouts, layers: new Layers({ fixture: made, depot, checkouts }) };
    });
    return parts;
  };
  return {
    engine: ENGINE,
    tools: TOOLS,
    open: async (request) => {
      const made = await ready();
      if (!(await hasRoom())) {
        throw lost(
          'the disk of this sandbox host is nearly full: free some, or lower `worker.disk` in the configuration',
        );
      }
      return open({ ...made, depot, request });
    },
    prepare: async (request) => (await ready()).layers.prepare(request),
  };
}

interface Opening {
  readonly fixture: Fixture;
  readonly checkouts: Checkouts;
  readonly layers: Layers;
  readonly depot: SnapshotDepot;
  readonly request: OpenWorkspace;
}

async function open({ fixture, checkouts, layers, depot, request }: Opening): Promise<Workspace> {
  const { repo, tree, limits } = request;
  const ground = request.near === undefined || checkouts.has(tree) ? tree : request.near;
  await depot.bring(repo, tree);
  const [excluded] = await Promise.all([layers.roots(repo, tree, request.layers), checkouts.ensure(repo, ground)]);
  const lower = [...layers.relativeFiles(request.layers), checkouts.relativeFiles(ground)];
  const place = await Place.claim(fixture.site);
  let holder: Holder | undefined;
  try {
    await place.standOn({ repo, checkout: ground, layers: [...request.layers], work: true });
    const overlay = { lower, upper: place.relative('upper'), work: place.relative('work') };
    holder = await Holder.open({ ...fixture, label: place.id, overlay });
    const bare: GitScene = { fixture, holder, place, depot, repo };
    const scene: GitScene = { ...bare, seed: checkouts.directory(ground) };
    const brandNew = await checkouts.isBrandNew(ground);
    if (ground !== tree) await change(scene, { ground, tree, brandNew });
    return new SandboxWorkspace({ scene: brandNew ? bare : scene, tree, excluded, limits });
  } catch (error) {
    await holder?.close();
    await place.remove();
    throw error;
  }
}

interface Change {
  readonly ground: string;
  readonly tree: string;
  readonly brandNew: boolean;
}

const CHANGE = 'git read-tree --reset -u "$1"; [ -z "$2" ] || rm /scratch/index';

/** Writes what differs into the fresh workspace, before anything else runs there. */
async function change(scene: GitScene, { ground, tree, brandNew }: Change): Promise<void> {
  const switched = await runGit(scene, CHANGE, tree, brandNew ? 'forget' : '');
  if (switched.exitCode === 0) return;
  throw lost(`a checkout of ${ground} can't be turned into ${tree}: ${switched.stderr.text().trim()}`);
}
