import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { refused } from '../depot/git.js';
import type { Architecture } from './seccomp.js';

// What is fixed about the machine that sandboxes run on: where its tools are and as whom they run.

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export interface SiteOptions {
  readonly stateDir: string;
  /** The directory with Signalbox's package.json, dist and node_modules. */
  readonly installDir: string;
  /** PATH on which the host's tools are looked up. */
  readonly path: string;
  /** Whom sandboxes run as when the worker is root; otherwise they run as the worker does. */
  readonly identity?: Identity;
  /** Certificates that set-up steps trust besides the system's. */
  readonly caFile?: string;
}

export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly writable?: boolean;
}

/** Overflow ids: they own nothing on a machine that is set up well. */
const NOBODY: Identity = { uid: 65534, gid: 65534 };
const ADMIN_PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const PACKAGES = {
  bwrap: 'bubblewrap',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  sh: 'dash',
  git: 'git',
  du: 'coreutils',
  sync: 'coreutils',
} as const;
export type Tool = keyof typeof PACKAGES;

/** Below the state directory, so that one bind mount brings all of it. */
export const SANDBOX_DIR = 'sandbox';

export class Site {
  readonly options: SiteOptions;
  /** Directory of everything that sandboxes use. */
  readonly directory: string;
  readonly root = process.getuid?.() === 0;
  readonly identity: Identity;
  readonly #tools = new Map<Tool, string>();

  constructor(options: SiteOptions) {
    this.options = options;
    this.directory = join(options.stateDir, SANDBOX_DIR);
    this.identity = this.root
      ? (options.identity ?? NOBODY)
      : { uid: process.getuid?.() ?? NOBODY.uid, gid: process.getgid?.() ?? NOBODY.gid };
    if (this.identity.uid === 0) throw refused('SandboxRefused', 'sandboxes never run as root: name another identity');
  }

  /** For `spawn`: never as root, never with the worker's environment. */
  get spawnOptions() {
    return { env: {}, cwd: this.options.stateDir, ...(this.root && this.identity) };
  }

  get architecture(): Architecture {
    if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
    throw refused('SandboxRefused', `there is no system call filter for ${process.arch}: use x64 or arm64`);
  }

  /** Absolute path of a program of the host. */
  tool(name: Tool): string {
    const known = this.#tools.get(name) ?? this.#find(name);
    this.#tools.set(name, known);
    return known;
  }

  #find(name: Tool): string {
    const found = firstIn([...ADMIN_PATH, ...this.options.path.split(':')], name);
    if (found !== undefined) return found;
    const install = `install it with \`apt-get install ${PACKAGES[name]}\``;
    throw refused('SandboxRefused', `${name} is not installed: ${install} or the package manager of this system`);
  }

  /** A program of the operator's, on the worker's own PATH. */
  program(name: string): string | undefined {
    return firstIn(this.options.path.split(':'), name);
  }
}

function firstIn(directories: readonly string[], name: string): string | undefined {
  const candidates = directories
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The system's programs and libraries, read-only: links of a merged /usr as links, other directories as they are. */
export function systemMounts(): string[] {
  const merged = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].filter(existsSync).flatMap((path) => {
    return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
  });
  return ['--ro-bind', '/usr', '/usr', ...merged];
}

/** Where the running node is installed, when that is not below /usr. */
export function nodePrefix(): string | undefined {
  const binary = realpathSync(process.execPath);
  return binary.startsWith('/usr/') ? undefined : dirname(dirname(binary));
}

/**
 * File descriptors that this process inherited open. Node closes none of them in its children, so each is covered by
 * /dev/null there: what a supervisor left open must not reach a sandbox.
 */
export function inheritedDescriptors(): number[] {
  const CLOSE_ON_EXEC = 0o2000000;
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd > 2)
    .filter((fd) => {
      try {
        const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
        return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
      } catch {
        return false;
      }
    });
}

/**
 * Calls with what the descriptors from 3 on of a child must be, so that each inherited one is /dev/null there. `own`
 * are the child's own, from 3 on.
 */
export function covering<Result>(
  inherited: readonly number[],
  use: (descriptors: readonly (number | 'pipe' | 'ignore')[]) => Result,
  own: readonly (number | 'pipe')[] = [],
): Result {
  const nothing = openSync('/dev/null', 'r');
  try {
    const highest = Math.max(2 + own.length, ...inherited);
    const descriptors = Array.from({ length: highest - 2 }, (_, index) => {
      return own[index] ?? (inherited.includes(index + 3) ? nothing : 'ignore');
    });
    return use(descriptors);
  } finally {
    closeSync(nothing);
  }
}
