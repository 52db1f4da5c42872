import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput } from '../schemas/tool.js';
import { type Answer, done, fitting } from './answer.js';
import { named, present } from './place.js';
import { filesOf } from './ripgrep.js';

const ENTRIES = 500;
const CHARACTERS = 20_000;

/** Directories end with a slash; those below the depth tell how many files they hold. */
export async function list(root: string, { path: given, depth, ignored }: ToolInput<'list'>): Promise<Answer> {
  const at = named(given);
  const real = await present(root, at);
  if (!(await lstat(real)).isDirectory()) return done(`${at}: ${(await lstat(real)).size} bytes`);
  const { files, cut } = await filesOf({ root, paths: [at], ignored });
  const below = at === '.' ? '' : `${at}/`;
  const shown = new Map<string, number>();
  const directories = new Set([at]);
  for (const file of files) {
    const parts = file.slice(below.length).split('/');
    for (let level = 1; level <= Math.min(parts.length, depth); level++) {
      const name = below + parts.slice(0, level).join('/');
      if (level === parts.length) shown.set(name, 0);
      else {
        shown.set(`${name}/`, level === depth ? (shown.get(`${name}/`) ?? 0) + 1 : 0);
        if (level < depth) directories.add(name);
      }
    }
  }
  const lines = [...shown].map(([name, below]) =>
    below > 0 ? `${name} (${below} file${below === 1 ? '' : 's'})` : name,
  );
  const links = await Promise.all([...directories].slice(0, ENTRIES).map((directory) => linksIn(root, directory)));
  const all = [...lines, ...links.flat()].sort();
  if (all.length === 0) return done(`${at} has no files${ignored ? '' : ' but what git may ignore'}`);
  const { lines: kept } = fitting(all.slice(0, ENTRIES), CHARACTERS);
  const more = all.length - kept.length;
  return done([...kept, ...(more > 0 || cut ? [`[${more} more; list a part of it]`] : [])].join('\n'));
}

/** Ripgrep leaves links out, because it does not follow them. */
async function linksIn(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(path.join(root, directory), { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink());
  return Promise.all(
    links.map(async ({ name }) => {
      const link = path.posix.join(directory, name);
      return `${link} -> ${await readlink(path.join(root, link)).catch(() => '?')}`;
    }),
  );
}
