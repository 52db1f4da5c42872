import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { CommitTree } from '../../activities/ports.js';
import { createSandboxHost, type SandboxHost, type SandboxHostOptions } from './host.js';

// What the tests of this directory share: a sandbox host of its own and a repository to fetch from.

export type Files = Readonly<
  Record<string, string | Buffer | { readonly symlink: string } | { readonly text: string; readonly mode: number }>
>;

export interface Bench {
  readonly root: string;
  readonly host: SandboxHost;
  readonly options: SandboxHostOptions;
  /** Commits exactly these files on the branch and brings it into the depot. */
  commit(files: Files, branch?: string): Promise<CommitTree>;
  remove(): void;
}

export const PATH = '/usr/local/bin:/usr/bin:/bin';

export function createBench(options: Partial<SandboxHostOptions> & { readonly parent?: string } = {}): Bench {
  const root = mkdtempSync(join(options.parent ?? tmpdir(), 'sandbox-'));
  // A temporary directory is closed to others; where the state of an installation is meant to be it isn't.
  chmodSync(root, 0o755);
  const { parent: _, ...given } = options;
  const complete = { stateDir: join(root, 'state'), installDir: resolve('.'), path: PATH, ...given };
  const host = createSandboxHost(complete);
  const source = join(root, 'source');
  mkdirSync(source);
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: source, env: IDENTITY }).toString();
  git('init', '-q', '-b', 'main');
  return {
    root,
    host,
    options: complete,
    async commit(files, branch = 'main') {
      git('checkout', '-q', '--orphan', `work-${branch}`);
      git('rm', '-rfq', '--ignore-unmatch', '.');
      for (const [path, file] of Object.entries(files)) place(join(source, path), file);
      git('add', '-A', '-f');
      git('commit', '-q', '-m', branch);
      git('branch', '-M', branch);
      return host.depot.fetch({ name: 'app', url: source, defaultBranch: 'main' }, branch);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const IDENTITY = {
  PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@a',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@a',
};

function place(path: string, file: Files[string]): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof file === 'string' || Buffer.isBuffer(file)) writeFileSync(path, file);
  else if ('symlink' in file) symlinkSync(file.symlink, path);
  else writeFileSync(path, file.text, { mode: file.mode });
}
