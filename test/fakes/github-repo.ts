import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The bare repository behind the fake, as GitHub works on it. */
export class GithubRepo {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    this.git('init', '--quiet', '--bare', '--initial-branch=main', '.');
    // Rules of branches: whose names are in this file, nobody pushes to.
    writeFileSync(join(directory, 'closed'), '');
    const refuse = 'echo "GH013: Repository rule violations found for $1." >&2; exit 1';
    const hook = `#!/bin/sh\ngrep -qxF "$1" "$GIT_DIR/closed" && { ${refuse}; }\nexit 0\n`;
    writeFileSync(join(directory, 'hooks', 'update'), hook, { mode: 0o755 });
    writeFileSync(join(directory, 'hooks', 'post-receive'), '#!/bin/sh\ncat >> "$GIT_DIR/received"\n', { mode: 0o755 });
  }

  git(...args: readonly string[]): string {
    const who = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com'];
    return execFileSync('git', [...who, ...args], { cwd: this.directory, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  /** Undefined where git says no. */
  tries(...args: readonly string[]): string | undefined {
    try {
      return this.git(...args);
    } catch {
      return undefined;
    }
  }

  head(branch: string): string | undefined {
    return this.tries('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`);
  }

  close(branch: string): void {
    writeFileSync(join(this.directory, 'closed'), `refs/heads/${branch}\n`);
  }

  /** A commit of somebody that puts files on a branch, which is made from `main` when it is not there. */
  commit(branch: string, files: Readonly<Record<string, string>>, message: string): string {
    const parent = this.head(branch) ?? this.head('main');
    const index = join(this.directory, 'index-of-people');
    mkdirSync(dirname(index), { recursive: true });
    const git = (args: readonly string[], input?: string) =>
      execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args], {
        ...{ cwd: this.directory, encoding: 'utf8', env: { ...process.env, GIT_INDEX_FILE: index } },
        ...(input !== undefined && { input }),
      }).trim();
    git(parent ? ['read-tree', parent] : ['read-tree', '--empty']);
    for (const [path, content] of Object.entries(files)) {
      const blob = git(['hash-object', '-w', '--stdin'], content);
      git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
    }
    const commit = git(['commit-tree', git(['write-tree']), '-m', message, ...(parent ? ['-p', parent] : [])]);
    this.git('update-ref', `refs/heads/${branch}`, commit);
    return commit;
  }

  contains(branch: string, commit: string): boolean {
    return this.tries('merge-base', '--is-ancestor', commit, `refs/heads/${branch}`) !== undefined;
  }

  /** The commit by which a head came into a branch. */
  mergedBy(branch: string, head: string): string {
    const merges = this.git('rev-list', '--ancestry-path', '--merges', '--reverse', `${head}..refs/heads/${branch}`);
    return merges.split('\n')[0] || head;
  }

  merge(base: string, head: string, message: string): string {
    const before = this.head(base) ?? '';
    const tree = this.git('merge-tree', '--write-tree', before, head).split('\n')[0] ?? '';
    const commit = this.git('commit-tree', tree, '-p', before, '-p', head, '-m', message);
    this.git('update-ref', `refs/heads/${base}`, commit, before);
    return commit;
  }
}
