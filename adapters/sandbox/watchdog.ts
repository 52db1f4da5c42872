import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
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
    const memory = setInterval(async () => {
      const used = bubble.pid === undefined ? 0 : await memoryMiB(bubble.pid).catch(() => 0);
      if (used > limits.memoryMiB) end('memory');
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

/** Work says something or uses processors; what does neither for so long is hung. */
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
    async () => {
      const now = bubble.pid === undefined ? 0 : await processorMs(bubble.pid).catch(() => used);
      // A process that ended takes its time with it: less is a change as well.
      if (Math.abs(now - used) > hungMs * IDLE_SHARE) busy(now);
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

interface Sample {
  readonly parent: number;
  readonly kiB: number;
}

let latest: { readonly at: number; readonly processes: Promise<ReadonlyMap<number, Sample>> } | undefined;

/** Memory of a process and all its descendants: in a sandbox every orphan becomes a child of process 1. */
async function memoryMiB(root: number): Promise<number> {
  if (!latest || performance.now() - latest.at > MEMORY_MS / 2) latest = { at: performance.now(), processes: sample() };
  const processes = await latest.processes;
  return family(root, processes).reduce((total, pid) => total + (processes.get(pid)?.kiB ?? 0), 0) / 1024;
}

/** A process and all its descendants. */
function family(root: number, processes: ReadonlyMap<number, { readonly parent: number }>): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of processes) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const all: number[] = [];
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    all.push(pid);
    pending.push(...(children.get(pid) ?? []));
  }
  return all;
}

/** Of USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** Processor time of a process and all its descendants that are alive. */
async function processorMs(root: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const used = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // Counted from behind the name, which may hold anything.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
      return [Number(pid), { parent: parent || 0, ticks: (user || 0) + (system || 0) }] as const;
    }),
  );
  const processes = new Map(used);
  return family(root, processes).reduce((total, pid) => total + (processes.get(pid)?.ticks ?? 0), 0) * TICK_MS;
}

/** Parent and unshared memory of every process. */
async function sample(): Promise<ReadonlyMap<number, Sample>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const samples = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      return [Number(pid), { parent: field('PPid'), kiB: field('RssAnon') + field('RssShmem') }] as const;
    }),
  );
  return new Map(samples);
}
