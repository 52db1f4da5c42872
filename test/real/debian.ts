import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, inCache, MINUTE, run } from '../../infra/programs.js';
import { loadConfig } from '../../temporal.config.js';

// Servers as Debian ships them: unpacked into the user's cache, so that nothing is installed and nothing is started.

/** The command that runs it. `name` is the package's and the program's. */
export async function findDebianProgram(name: string): Promise<readonly [string, ...string[]]> {
  const { cacheDir } = loadConfig();
  const kept = join(cacheDir, 'debian', name);
  const program = join(kept, 'usr/bin', name);
  const sources = [
    { name: `\`${name}\` on the PATH`, find: () => working(name) },
    { name: 'the cache', find: () => working(program) },
    { name: `Debian's package ${name}`, find: () => unpacked(join(cacheDir, 'debian'), name, kept) },
  ];
  const remedies = [`install it so that \`${name} --version\` works (apt-get install ${name})`];
  const found = await findProgram({ what: name, sources, remedies }, { cacheDir });
  return found === program ? [...inPlace(kept), program] : [found];
}

/** Debian's programs look for their data where the package would have put it. */
function inPlace(kept: string): readonly [string, ...string[]] {
  const share = '/usr/share/prometheus';
  return [
    ...(['bwrap', '--die-with-parent', '--dev-bind', '/', '/'] as const),
    ...['--tmpfs', '/usr/share', '--ro-bind', join(kept, share), share, '--'],
  ];
}

async function working(program: string): Promise<string> {
  await run(program, ['--version'], MINUTE);
  return program;
}

async function unpacked(cacheDir: string, name: string, kept: string): Promise<string> {
  return inCache(cacheDir, async (directory) => {
    await download(directory, name);
    const file = (await readdir(directory)).find((one) => one.endsWith('.deb'));
    if (!file) throw new Error('apt-get left no package');
    await run('dpkg', ['-x', file, 'out'], MINUTE, { cwd: directory });
    // Two test files may be the first at the same time: either's is as good.
    if (!existsSync(kept)) await rename(join(directory, 'out'), kept);
    return working(join(kept, 'usr/bin', name));
  });
}

/** With lists of its own where the machine's are gone, as in most images: that needs no rights. */
async function download(directory: string, name: string): Promise<void> {
  const get = (...args: string[]) => run('apt-get', args, 5 * MINUTE, { cwd: directory });
  try {
    await get('download', name);
  } catch {
    await mkdir(join(directory, 'lists/partial'), { recursive: true });
    await mkdir(join(directory, 'archives/partial'), { recursive: true });
    const own = ['-o', `Dir::State::Lists=${directory}/lists`, '-o', `Dir::Cache=${directory}`];
    await get(...own, 'update');
    await get(...own, 'download', name);
  }
}
