import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { SandboxLimits } from '../../activities/ports.js';
import type { Bubble } from './bubble.js';
import type { Holder } from './holder.js';
import type { Ending } from './run.js';

// Limits that no rlimit expresses: memory of a whole sandbox, disk of a whole workspace, how long it may do nothing.
// All are sampled.

export type Watch = (bubble: Bubble, end: (why: Ending) => void) => () => void;

const MEMORY_MS = 500;
const DISK_MS = 500;
/** Measuring the disk may take a tenth of the time. */
const DISK_SHARE = 10;
/** More files than this per MiB are as bad as too many bytes. */
const FILES_PER_MIB = 256;
/** Of one core: who uses less for long, and says nothing, waits for what does not come. */
const IDLE_SHARE = 0.01;

const run = promisify(execFile);

/** Watches a sandbox; `directories` hold what its workspace has written. */
export function createWatch(holder: Holder, directories: readonly string[], limits: SandboxLimits): Watch {
  return (bubble, end) => {
    const memory = setInterval(() => {
      if (bubble.pid !== undefined && memoryMiB(bubble.pid) > limits.memoryMiB) end('memory');
    }, MEMORY_MS);
    let disk: NodeJS.Timeout | undefined;
    let stopped = false;
    const schedule = (delay: number) => {
      disk = setTimeout(async () => {
        const begin = performance.now();
        const over = await exceedsDisk(holder, directories, limits).catch(() => false);
        if (stopped) return;
        if (over) end('disk');
        schedule(Math.max(DISK_MS, (performance.now() - begin) * DISK_SHARE));
      }, delay);
    };
    schedule(DISK_MS);
    const unwatch = watchIdle(bubble, limits.hungMs, () => end('hung'));
    return () => {
      stopped = true;
      unwatch();
      clearInterval(memory);
      clearTimeout(disk);
    };
  };
}

/** Work says something, uses processors or waits for its turn on one; what does none of it for so long is hung. */
function watchIdle(bubble: Bubble, hungMs: number | undefined, onHung: () => void): () => void {
  if (hungMs === undefined) return () => undefined;
  let since = performance.now();
  let used = 0;
  const busy = (now: number) => {
    since = performance.now();
    used = now;
  };
  const spoke = () => busy(used);
  bubble.stdout.on('data', spoke);
  bubble.stderr.on('data', spoke);
  const timer = setInterval(
    () => {
      // What has not begun does not hang: that it begins has a limit of its own.
      if (bubble.pid === undefined) return busy(used);
      const all = familyOf(bubble.pid);
      const now = all.reduce((total, { ticks }) => total + ticks, 0) * TICK_MS;
      // A process that ended takes its time with it: less is a change as well.
      if (all.some(({ runs }) => runs) || Math.abs(now - used) > hungMs * IDLE_SHARE) busy(now);
      else if (performance.now() - since > hungMs) onHung();
    },
    Math.min(30_000, hungMs / 10),
  );
  return () => {
    clearInterval(timer);
    bubble.stdout.off('data', spoke);
    bubble.stderr.off('data', spoke);
  };
}

/** Runs with all rights over the workspace's files: a command can't hide them behind a mode. */
async function exceedsDisk(holder: Holder, directories: readonly string[], { diskMiB }: SandboxLimits) {
  const { site } = holder;
  const du = (...flags: readonly string[]) =>
    run(
      site.tool('nsenter'),
      [...holder.entering(), site.tool('du'), '-sxc', ...flags, ...directories.map((path) => holder.inside(path))],
      { ...site.spawnOptions, cwd: '/' },
    )
      // Files that vanish meanwhile make du complain and still print the total.
      .catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
      .then(({ stdout }) => Number(/^(\d+)\ttotal$/m.exec(stdout)?.[1] ?? 0));
  if ((await du('-m')) > diskMiB) return true;
  return (await du('--inodes')) > diskMiB * FILES_PER_MIB;
}

// Read at once: /proc waits for no disk, and what waits for a thread on a busy machine is old when it comes.

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** It is on a processor or waits for one. */
  readonly runs: boolean;
  /** Of processor time. */
  readonly ticks: number;
}

/** Of USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

let latest: { readonly at: number; readonly processes: readonly Process[] } | undefined;

/** A process and all its descendants that are alive: in a sandbox every orphan becomes a child of process 1. */
function familyOf(root: number): readonly Process[] {
  // One look serves all sandboxes of a moment.
  if (!latest || performance.now() - latest.at > MEMORY_MS / 2) latest = { at: performance.now(), processes: look() };
  const { processes } = latest;
  const family = processes.filter(({ pid }) => pid === root);
  // It grows while it is walked, by the children of each.
  for (const { pid } of family) family.push(...processes.filter(({ parent }) => parent === pid));
  return family;
}

function look(): readonly Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const text = read(`/proc/${name}/stat`);
    // Counted from behind the name, which may hold anything.
    const [state, parent, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[9]) + Number(fields[10]);
    return text === '' ? [] : [{ pid: Number(name), parent: Number(parent), runs: state === 'R', ticks }];
  });
}

/** Unshared memory of a process and all its descendants. */
function memoryMiB(root: number): number {
  const kiB = familyOf(root).map(({ pid }) => {
    const status = read(`/proc/${pid}/status`);
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return field('RssAnon') + field('RssShmem');
  });
  return kiB.reduce((total, one) => total + one, 0) / 1024;
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
