import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Restriction } from '../../activities/ports.js';
import type { RawChange } from './diff.js';
import type { GitCall } from './git.js';

// Takes back what may not stay in a tree, without any work tree: names and modes are all that is looked at.

const NO_OBJECT = '0'.repeat(40);
/** A link to a path, a link to a commit. Both name something that nobody has judged. */
const LINKS = ['120000', '160000'];

export interface RestrictPorts {
  readonly directory: string;
  readonly must: (call: GitCall) => Promise<Buffer>;
  readonly changes: (from: string, to: string) => Promise<readonly RawChange[]>;
}

export async function restrict({ directory, must, changes }: RestrictPorts, { base, tree, keep }: Restriction) {
  if (tree === base) return { tree, undone: [] };
  const unwanted = (await changes(base, tree)).filter(({ path, newMode }) => !keep(path) || LINKS.includes(newMode));
  if (unwanted.length === 0) return { tree, undone: [] };
  const index = join(directory, `restrict-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await must({ args: ['read-tree', tree], env });
    // A file of the base that became a directory, or the reverse, takes the place of what is there.
    const input = unwanted.map(({ path, oldMode, oldObject }) =>
      oldObject === NO_OBJECT ? `0 ${NO_OBJECT}\t${path}\0` : `${oldMode} ${oldObject}\t${path}\0`,
    );
    await must({ args: ['update-index', '-z', '--index-info'], env, input: input.join('') });
    const restricted = (await must({ args: ['write-tree'], env })).toString().trim();
    return { tree: restricted, undone: (await changes(tree, restricted)).map(({ path }) => path) };
  } finally {
    await rm(index, { force: true });
  }
}
