// Names what was built: see infra/build-id.ts.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What workers run. Tests, benchmarks and the doors make no other version of them. */
const RUN = [
  'workflow-bundle.js',
  'workers',
  'workflows',
  'activities',
  'adapters',
  'schemas',
  'repair',
  'tools',
  'infra',
];

/** `root`: with `dist`, and with `.git` unless it is an unpacked archive. */
export function buildId(root) {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    // Inside of somebody else's repository the commit would be theirs.
    if (git('rev-parse', '--show-prefix') !== '') return digest(root).slice(0, 12);
    const commit = git('rev-parse', 'HEAD').slice(0, 12);
    return git('status', '--porcelain') === '' ? commit : `${commit}-${digest(root).slice(0, 6)}`;
  } catch {
    return digest(root).slice(0, 12);
  }
}

function digest(root) {
  const hash = createHash('sha256');
  for (const part of RUN) {
    for (const file of filesOf(join(root, 'dist'), part)) {
      if (!file.endsWith('.map'))
        hash
          .update(file)
          .update('\0')
          .update(readFileSync(join(root, 'dist', file)));
    }
  }
  return hash.digest('hex');
}

function filesOf(dist, part) {
  if (part.endsWith('.js')) return [part];
  const found = readdirSync(join(dist, part), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dist.length + 1))
    .sort();
}
