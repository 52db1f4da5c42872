import type { SandboxLimits } from '../../activities/ports.js';
import type { SnapshotDepot } from '../depot/depot.js';
import { Bubble } from './bubble.js';
import type { Fixture } from './fixture.js';
import type { Holder } from './holder.js';
import type { Place } from './place.js';
import { type RawResult, runRaw } from './run.js';
import type { Mount } from './site.js';

// Git with a work tree: only ever inside a sandbox of its own, where the work tree's content can do it no harm. The
// depot is there to read; what is new is written to a repository in the workspace's own directory.

export interface GitScene {
  readonly fixture: Fixture;
  readonly holder: Holder;
  readonly place: Place;
  readonly depot: SnapshotDepot;
  readonly repo: string;
  /** Directory with the index of a clean checkout; the first use copies it. */
  readonly seed?: string;
  /** Undefined: the holder's overlay. */
  readonly workspace?: string;
}

export const TOOL_LIMITS: SandboxLimits = {
  memoryMiB: 4096,
  processes: 256,
  diskMiB: 65_536,
  outputBytes: 16 * 1024 * 1024,
};
const TIMEOUT_MS = 300_000;

const ENVIRONMENT = {
  GIT_DIR: '/scratch',
  GIT_WORK_TREE: '/workspace',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
};

const CONFIG = [
  '[core]',
  'repositoryformatversion = 0',
  'bare = false',
  'fileMode = true',
  'symlinks = true',
  'fsmonitor = false',
  'hooksPath = /dev/null',
  'autocrlf = false',
  '[advice]',
  'addEmbeddedRepo = false',
  '[gc]',
  'auto = 0',
  '[pack]',
  'threads = 1',
  'compression = 1',
].join('\n');

/** `/scratch` becomes a repository without history over the depot's objects. A lock of a killed git is nobody's. */
const PREPARE = `set -e
rm -f /scratch/index.lock
if [ ! -f /scratch/HEAD ]; then
  mkdir -p /scratch/objects/info /scratch/refs /scratch/info
  echo /depot/objects >/scratch/objects/info/alternates
  printf '%s\\n' "$GIT_SCENE_CONFIG" >/scratch/config
  [ ! -f /seed/index ] || cp /seed/index /scratch/index
  echo 'ref: refs/heads/none' >/scratch/HEAD
fi
`;

function requestOf(scene: GitScene) {
  const { fixture, holder, place, depot, repo, seed, workspace } = scene;
  const mounts: Mount[] = [
    { from: depot.directory(repo), to: '/depot' },
    { from: place.path('git'), to: '/scratch', writable: true },
    ...(seed === undefined ? [] : [{ from: seed, to: '/seed' }]),
  ];
  return { fixture, holder, profile: 'agent', label: place.id, mounts, ...(workspace && { workspace }) } as const;
}

/** Runs a script in the sandbox; its arguments are `$1` and so on. */
export function runGit(scene: GitScene, script: string, ...args: readonly string[]): Promise<RawResult> {
  return runRaw({
    ...requestOf(scene),
    limits: TOOL_LIMITS,
    command: {
      command: ['/bin/sh', '-c', PREPARE + script, 'git', ...args],
      env: { ...ENVIRONMENT, GIT_SCENE_CONFIG: CONFIG },
      timeoutMs: TIMEOUT_MS,
    },
  });
}

/** The same, for output that is read as it comes. The caller reads and waits for its end. */
export function startGit(scene: GitScene, script: string, ...args: readonly string[]): Bubble {
  const { memoryMiB, processes, diskMiB: fileMiB } = TOOL_LIMITS;
  const bubble = new Bubble({
    ...requestOf(scene),
    argv: ['/bin/sh', '-c', PREPARE + script, 'git', ...args],
    cwd: '/workspace',
    env: { ...ENVIRONMENT, GIT_SCENE_CONFIG: CONFIG },
    limits: { memoryMiB, processes, fileMiB, cpuSeconds: TIMEOUT_MS / 1000 },
    stdin: false,
  });
  const timer = setTimeout(() => bubble.kill(), TIMEOUT_MS);
  const clear = () => clearTimeout(timer);
  bubble.ended.then(clear, clear);
  return bubble;
}
