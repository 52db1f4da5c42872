import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommitTree } from '../activities/ports.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createDepot } from '../adapters/depot/depot.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const REPO = 'app';

/** A repository with one history, in a real depot beside real blobs. */
export function createChanges() {
  const root = mkdtempSync(join(tmpdir(), 'changes-'));
  const source = join(root, 'source');
  const who = { NAME: 'a', EMAIL: 'a@a' };
  const env = Object.fromEntries(
    Object.entries(who).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  );
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: source, env: { PATH, GIT_CONFIG_GLOBAL: '/dev/null', ...env } });
  const depot = createDepot({ directory: join(root, 'depots'), path: PATH });
  mkdirSync(source);
  git('init', '-q', '-b', 'main');

  return {
    repo: REPO,
    depot,
    blobs: createBlobs(join(root, 'blobs')),
    /** The next commit: these files as they are then, null for one that goes. */
    async commit(files: Readonly<Record<string, string | Buffer | null>>): Promise<CommitTree> {
      for (const [path, content] of Object.entries(files)) {
        const file = join(source, path);
        mkdirSync(dirname(file), { recursive: true });
        if (content === null) rmSync(file);
        else writeFileSync(file, content);
      }
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', 'next');
      return depot.fetch({ name: REPO, url: source, defaultBranch: 'main' }, 'main');
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
