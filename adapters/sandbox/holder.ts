import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { lost } from '../depot/git.js';
import { covering, type Site } from './site.js';

// A process that does nothing but keep a mount namespace alive, in which a workspace's overlay is mounted once. Every
// sandbox of that workspace starts from it, so all of them see the same files at the same time.

/** In the holder's namespace only. Directories that every system has and none of our mounts comes from. */
export const WORKSPACE_AT = '/mnt';
const STATE_AT = '/media';

export interface Overlay {
  /** From the state directory, topmost first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/**
 * Reads until the worker is gone: then the mount goes with the last sandbox that uses it. Sandboxes end by themselves,
 * but for one whose bubblewrap was just about to set it up: that one would wait for ever and is looked for by its label.
 */
const SCRIPT = [
  'set -e',
  `[ -z "$2" ] || "$1" -c --bind . ${STATE_AT}`,
  `[ -z "$3" ] || "$1" -t overlay -o "$3" overlay ${WORKSPACE_AT}`,
  'echo ready',
  'while read -r line; do :; done',
  'exec </dev/null >/dev/null 2>&1',
  'for attempt in 1 2 3 4 5; do',
  '  for file in $(grep -lzxs -e "$4" /proc/[0-9]*/cmdline); do',
  '    pid=${file#/proc/}; pid=${pid%/cmdline}',
  '    [ "$pid" = "$$" ] || kill -9 "$pid" || :',
  '  done',
  '  sleep 0.2',
  'done',
].join('\n');

export interface HolderRequest {
  readonly site: Site;
  /** The sandbox's identity can't reach the state directory by its path, only from a working directory. */
  readonly hidden: boolean;
  /** Descriptors that must not reach it. */
  readonly inherited: readonly number[];
  /** Of every sandbox that starts from it. */
  readonly label: string;
  readonly overlay?: Overlay;
}

export class Holder {
  readonly pid: number;
  readonly site: Site;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #stateAt: string;
  readonly #gone: Promise<unknown>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    pid: number,
    site: Site,
    state: string,
  ) {
    this.#child = child;
    this.pid = pid;
    this.site = site;
    this.#stateAt = state;
    this.#gone = once(child, 'close');
  }

  static async open({ site, hidden, inherited, label, overlay }: HolderRequest): Promise<Holder> {
    const options = overlay
      ? `lowerdir=${overlay.lower.join(':')},upperdir=${overlay.upper},workdir=${overlay.work},userxattr,volatile`
      : '';
    const unshare = ['--user', '--map-root-user', '--mount', '--', site.tool('sh'), '-c', SCRIPT, 'holder'];
    const argv = [...unshare, site.tool('mount'), hidden ? 'hidden' : '', options, label];
    const child = covering(inherited, (covers) =>
      spawn(site.tool('unshare'), argv, { ...site.spawnOptions, stdio: ['pipe', 'pipe', 'pipe', ...covers] }),
    ) as ChildProcessByStdio<Writable, Readable, Readable>;
    child.stdin.on('error', () => undefined);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString().slice(0, 4096 - said.length);
    });
    const ready = await new Promise<boolean>((resolve) => {
      child.stdout.once('data', () => resolve(true));
      child.once('close', () => resolve(false));
      child.once('error', (error) => {
        said += error.message;
        resolve(false);
      });
    });
    if (ready && child.pid) return new Holder(child, child.pid, site, hidden ? STATE_AT : site.options.stateDir);
    throw lost(`a workspace can't be mounted: ${said.trim()}`);
  }

  /** The path, in this namespace, of something in the state directory. */
  inside(path: string): string {
    const { stateDir } = this.site.options;
    return path.startsWith(`${stateDir}/`) ? this.#stateAt + path.slice(stateDir.length) : path;
  }

  /** Arguments that start a program in this namespace, with all rights over the workspace's files and no others. */
  entering(): string[] {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      throw lost('the workspace is closed: its mount is gone');
    }
    return ['--target', String(this.pid), '--user', '--mount', '--preserve-credentials', '--'];
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
