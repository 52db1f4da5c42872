import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxLimits, Workspace } from '../activities/ports.js';
import { createSandboxHost, type SandboxHost } from '../adapters/sandbox/host.js';
import type { Bench, BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { type Row, ratioRow } from './row.js';
import { scratchDirectory } from './scratch.js';

const FILES = 2_000;
const FILE_BYTES = 10_000;
const LIMITS: SandboxLimits = { memoryMiB: 1024, processes: 256, diskMiB: 1024, outputBytes: 64 * 1024 };
const TRUE = { command: ['true'], timeoutMs: 10_000 } as const;
const MEMORY = '/dev/shm';

/** What isolation costs: a command, a sandbox, a workspace, beside what has none of it. */
export const sandbox: Bench = {
  name: 'sandbox',
  run: async (context) => [...(await onDisk(context)), ...(await inMemory(context))],
};

interface Scene {
  readonly host: SandboxHost;
  readonly tree: string;
  /** The same history as a repository of its own, for the worktrees. */
  readonly repository: string;
  readonly directory: string;
}

async function onDisk(context: BenchContext): Promise<Row[]> {
  const scene = await prepare(context, context.directory);
  const workspace = await open(scene);
  try {
    return [...(await commands(context, workspace)), ...(await workspaces(context, scene, 'disk', 1 / 50))];
  } finally {
    await workspace.close();
  }
}

async function inMemory(context: BenchContext): Promise<Row[]> {
  try {
    accessSync(MEMORY, constants.W_OK);
  } catch {
    return [];
  }
  const directory = scratchDirectory(MEMORY, 'signalbox-bench-');
  try {
    return await workspaces(context, await prepare(context, directory), 'memory', 1 / 6);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function prepare({ installDir, path }: BenchContext, parent: string): Promise<Scene> {
  const directory = join(parent, 'sandbox');
  const repository = join(directory, 'repository');
  mkdirSync(repository, { recursive: true });
  chmodSync(parent, 0o755);
  for (let n = 0; n < FILES; n++) {
    const folder = join(repository, `module-${n % 40}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${n}.txt`), randomBytes(FILE_BYTES / 2).toString('hex'));
  }
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: repository, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--quiet', '--message=files');
  const host = createSandboxHost({ stateDir: join(directory, 'state'), installDir, path });
  const { tree } = await host.depot.fetch({ name: 'app', url: repository, defaultBranch: 'main' }, 'main');
  const scene = { host, tree, repository, directory };
  // The shared checkout is made once per tree; what follows is what each task pays.
  await (await open(scene)).close();
  return scene;
}

function open({ host, tree }: Scene): Promise<Workspace> {
  return host.workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS });
}

async function commands(context: BenchContext, workspace: Workspace): Promise<Row[]> {
  const shell = await workspace.shell();
  const repetitions = context.quick ? 5 : 60;
  const plain = () => timed(() => run('true', []));
  const warm = await inTurns({ repetitions, warmUps: 5, ours: () => timed(() => shell.exec(TRUE)), baseline: plain });
  const fresh = await inTurns({
    repetitions,
    warmUps: 5,
    ours: () => timed(() => workspace.exec(TRUE)),
    baseline: plain,
  });
  return [
    ratioRow({ name: 'command: in a warm sandbox / plain spawn', unit: 'ms', ...warm, target: { atMost: 1.5 } }),
    ratioRow({
      name: 'command: in a fresh hardened sandbox / plain spawn',
      unit: 'ms',
      ...fresh,
      target: { atMost: 5 },
    }),
  ];
}

/** A writable checkout of every file and one command in it. What is removed afterwards is not counted on either side. */
async function workspaces(context: BenchContext, scene: Scene, where: string, share: number): Promise<Row[]> {
  const ours = async () => {
    let workspace: Workspace | undefined;
    const took = await timed(async () => {
      workspace = await open(scene);
      await workspace.exec(TRUE);
    });
    await workspace?.close();
    return took;
  };
  const bare = () => timed(() => run('bwrap', BARE));
  const worktree = async (n: number) => {
    const path = join(scene.directory, `worktree-${n}`);
    const git = (...args: readonly string[]) => run('git', ['-C', scene.repository, 'worktree', ...args]);
    const took = await timed(async () => {
      await git('add', '--quiet', '--detach', path, 'HEAD');
      await run('true', []);
    });
    await git('remove', '--force', path);
    return took;
  };
  const name = `workspace of ${FILES} files and a command, on ${where}`;
  const few = { repetitions: context.quick ? 1 : 5, warmUps: 1 };
  const many = { repetitions: context.quick ? 5 : 40, warmUps: 3 };
  const beside = await inTurns({ ...many, ours, baseline: bare });
  const instead = await inTurns({ ...few, ours, baseline: worktree });
  return [
    ratioRow({ name: `${name} / bare bubblewrap`, unit: 'ms', ...beside, target: { atMost: 3 } }),
    ratioRow({ name: `${name} / git worktree add`, unit: 'ms', ...instead, target: { atMost: share } }),
  ];
}

/** What people write who call bubblewrap by hand. */
const BARE = [
  ...['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'],
  ...['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
  ...['--unshare-all', '--die-with-parent', 'true'],
];

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
}
