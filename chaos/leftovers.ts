import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leftovers } from './observations.js';

// What is still there when all programs have ended: processes of sandboxes, their workspaces, mounts of either, and temporary files.

type Found = Omit<Leftovers, 'control'>;

const WORKSPACES = 'sandbox/workspaces';

export interface FindLeftovers {
  readonly stateDir: string;
  /** TMPDIR of all programs. */
  readonly temporary: string;
  /** Names of workspaces that were seen during the run; sandboxes carry them on their command line. */
  readonly labels: ReadonlySet<string>;
  /** Seconds that what dies may take to be gone, and to be taken away. */
  readonly grace: number;
}

export async function findLeftovers({ stateDir, temporary, labels, grace }: FindLeftovers): Promise<Leftovers> {
  const control = await seesWhatIsThere(stateDir, temporary);
  const deadline = Date.now() + grace * 1_000;
  for (;;) {
    const found = look(stateDir, temporary, labels);
    const nothing = Object.values(found).every((what) => what.length === 0);
    if (nothing || Date.now() > deadline) {
      end(found.processes);
      return { ...found, control };
    }
    await sleep(500);
  }
}

/** They are known to be of this run, and are of no use to anybody. */
function end(processes: readonly string[]): void {
  for (const line of processes) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

export function workspacesOf(stateDir: string): string[] {
  try {
    return readdirSync(join(stateDir, WORKSPACES));
  } catch {
    return [];
  }
}

function look(stateDir: string, temporary: string, labels: ReadonlySet<string>): Found {
  const processes: string[] = [];
  const mounts = new Set<string>();
  const ours = linkOf('/proc/self/ns/mnt');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const argv = read(`/proc/${pid}/cmdline`).split('\0');
    const namespace = linkOf(`/proc/${pid}/ns/mnt`);
    const mounted = read(`/proc/${pid}/mountinfo`)
      .split('\n')
      .filter((line) => line.includes(stateDir));
    for (const line of mounted) mounts.add(`${namespace} ${line.split(' ').slice(3, 5).join(' ')}`);
    const inside = linkOf(`/proc/${pid}/cwd`).startsWith(stateDir) || (mounted.length > 0 && namespace !== ours);
    if (inside || argv.some((word) => labels.has(word) || word.includes(stateDir))) {
      processes.push(`${pid} ${argv.join(' ').slice(0, 500)}`);
    }
  }
  return { processes, workspaces: workspacesOf(stateDir), mounts: [...mounts], files: readdirSync(temporary) };
}

/** The positive control: a process, a workspace and a mount like those that are looked for. */
async function seesWhatIsThere(stateDir: string, temporary: string): Promise<boolean> {
  const label = `sb-${randomUUID()}`;
  const workspace = join(stateDir, WORKSPACES, label);
  mkdirSync(workspace, { recursive: true });
  const script = 'mount -t tmpfs control "$1" && echo ready && read -r line';
  const argv = ['--user', '--map-root-user', '--mount', '--', 'sh', '-c', script, 'control', workspace, label];
  const child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit'), once(child, 'error')]);
    const { processes, workspaces, mounts } = look(stateDir, temporary, new Set([label]));
    const process = processes.some((line) => line.includes(label));
    return process && workspaces.includes(label) && mounts.some((line) => line.includes(label));
  } finally {
    child.kill('SIGKILL');
    rmSync(workspace, { recursive: true, force: true });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
