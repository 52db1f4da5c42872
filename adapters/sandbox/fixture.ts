import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lost, refused } from '../depot/git.js';
import type { Profile } from './bubble.js';
import { EPERM, type FilterOptions, seccompFilter } from './seccomp.js';
import { inheritedDescriptors, type Mount, nodePrefix, type Site, systemMounts } from './site.js';

// What all sandboxes of this installation share: filters, a stub of /etc, the toolchain. Made once per worker.

export interface Fixture {
  readonly site: Site;
  /** The sandboxes' identity can't reach the state directory by its path. */
  readonly hidden: boolean;
  readonly inherited: readonly number[];
  /** Arguments of bubblewrap for the system's own files. */
  readonly system: readonly string[];
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly shell: '/bin/sh';
  /** How this system's shell names the limit on processes. */
  readonly processLimitFlag: string;
  /** Of the Python that sandboxes have; empty when there is none. */
  readonly pythonVersion: string;
  filter(profile: Profile): string;
}

/** What the self-test's own copy of the filter answers: no other part of the kernel says this. */
export const MARKED_ERRNO = 1234;
const INSIDE = '/opt/signalbox';
const PARTS = ['dist', 'node_modules'] as const;
const ETC = {
  passwd: 'root:x:0:0:root:/:/bin/sh\nsandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n',
  group: 'root:x:0:\nsandbox:x:1000:\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
} as const;

/** Where libraries are, and which of many programs a name means. */
const SYSTEM_ETC = ['ld.so.cache', 'alternatives'];

/** The repair engine as seen from inside. */
export const ENGINE = ['node', `${INSIDE}/dist/repair/main.js`] as const;
/** The file tools of agents as seen from inside. */
export const TOOLS = ['node', `${INSIDE}/dist/tools/main.js`] as const;

const run = promisify(execFile);

export async function prepareFixture(site: Site): Promise<Fixture> {
  const fixed = join(site.directory, 'static');
  await mkdir(fixed, { recursive: true });
  await mkdir(join(site.directory, 'workspaces'), { recursive: true });
  const { architecture } = site;
  const filters = {
    agent: { architecture, unixSockets: false, errno: EPERM },
    setup: { architecture, unixSockets: true, errno: EPERM },
    marked: { architecture, unixSockets: false, errno: MARKED_ERRNO },
  } satisfies Record<Profile, FilterOptions>;
  const filter = (name: Profile) => join(fixed, `${name}.bpf`);
  for (const name of ['agent', 'setup', 'marked'] as const) await place(filter(name), seccompFilter(filters[name]));

  const prefix = nodePrefix();
  const node = prefix === undefined ? undefined : await reachable(site, prefix, ['bin', 'lib'], 'Node.js');
  const install = await reachable(site, site.options.installDir, PARTS, 'Signalbox');
  const base = await makeBase(site, install);
  const shell = '/bin/sh';
  const knowsU = await run(shell, ['-c', 'ulimit -u 1000000 || ulimit -u']).then(
    () => true,
    () => false,
  );
  return {
    site,
    hidden: !(await canRead(site, fixed)),
    inherited: inheritedDescriptors(),
    system: [...systemMounts(), ...base.etc.flatMap((name) => ['--symlink', `${INSIDE}/etc/${name}`, `/etc/${name}`])],
    mounts: [
      { from: base.directory, to: INSIDE },
      ...PARTS.filter((name) => existsSync(join(install, name))).map((name) => ({
        from: join(install, name),
        to: `${INSIDE}/${name}`,
      })),
      ...(node === undefined ? [] : [{ from: node, to: '/opt/node' }]),
    ],
    environment: {
      PATH: `${node === undefined ? '' : '/opt/node/bin:'}/usr/local/bin:/usr/bin:/bin`,
      HOME: '/tmp',
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
      // Bytecode beside the sources would become part of a snapshot.
      PYTHONDONTWRITEBYTECODE: '1',
    },
    shell,
    processLimitFlag: knowsU ? '-u' : '-p',
    pythonVersion: await run('/usr/bin/python3', ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    ),
    filter,
  };
}

/**
 * `/opt/signalbox` as seen from inside, in one directory, because every bind mount costs each sandbox time: the stub of
 * /etc, the few files of the system's that programs need, and the points where the installation is mounted.
 */
async function makeBase(site: Site, install: string): Promise<{ readonly directory: string; readonly etc: string[] }> {
  const copied = SYSTEM_ETC.filter((name) => existsSync(join('/etc', name)));
  const packageJson = await readFile(join(install, 'package.json'));
  const hash = createHash('sha256').update(JSON.stringify(ETC)).update(packageJson);
  for (const name of copied) hash.update(`${name} ${(await stat(join('/etc', name))).mtimeMs}\n`);
  const directory = join(site.directory, 'static', `base-${hash.digest('hex').slice(0, 24)}`);
  if (!existsSync(directory)) {
    await placeDirectory(directory, async (partial) => {
      const etc = join(partial, 'etc');
      for (const part of [etc, ...PARTS.map((name) => join(partial, name))]) await mkdir(part, { recursive: true });
      for (const [name, text] of Object.entries(ETC)) await place(join(etc, name), text);
      await place(join(partial, 'package.json'), packageJson);
      for (const name of copied) {
        await cp(join('/etc', name), join(etc, name), { recursive: true, verbatimSymlinks: true });
      }
    });
  }
  return { directory, etc: [...Object.keys(ETC), ...copied] };
}

/** Makes the directory at once: another worker of this installation may be making it too, or using it. */
async function placeDirectory(directory: string, make: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${directory}.${randomUUID()}`;
  try {
    await make(partial);
    await rename(partial, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Replaces the file at once: another worker of this installation may be reading it. */
async function place(file: string, content: string | Buffer): Promise<void> {
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, content, { mode: 0o644 });
  await rename(partial, file);
}

/** Asks the kernel, as the identity that will have to. */
export function canRead(site: Site, path: string, kind: 'file' | 'directory' = 'directory'): Promise<boolean> {
  const script = kind === 'file' ? 'cat -- "$1"' : 'test -r "$1" && test -x "$1"';
  const child = spawn(site.tool('sh'), ['-c', script, 'sh', path], { ...site.spawnOptions, cwd: '/', stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(lost(`${site.tool('sh')} can't be started: ${error.message}`)));
    child.once('close', (code) => resolve(code === 0));
  });
}

/**
 * The directory itself, or, where the sandboxes' identity can't reach it (below a home that is closed to others), a
 * copy of the named parts in the state directory, made of hard links where the file system allows.
 */
async function reachable(site: Site, directory: string, parts: readonly string[], what: string): Promise<string> {
  const present = parts.filter((part) => existsSync(join(directory, part)));
  const all = await Promise.all(present.map((part) => canRead(site, join(directory, part))));
  if (all.every(Boolean)) return directory;
  const copy = join(site.directory, 'copies', await fingerprint(directory, present));
  if (existsSync(copy)) return copy;
  try {
    await placeDirectory(copy, async (partial) => {
      await mkdir(partial, { recursive: true });
      for (const name of [...present, 'package.json'].filter((part) => existsSync(join(directory, part)))) {
        const [from, to] = [join(directory, name), join(partial, name)];
        await run('cp', ['-a', '--link', from, to]).catch(() => run('cp', ['-a', '--force', from, to]));
      }
    });
  } catch (error) {
    const remedy = `install it where user ${site.identity.uid} can read it, for example below /opt`;
    throw refused(
      'SandboxRefused',
      `sandboxes can't reach ${what} in ${directory} (${(error as Error).message}): ${remedy}`,
    );
  }
  return copy;
}

async function fingerprint(directory: string, parts: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(directory);
  for (const part of parts) {
    const deep = part === 'dist';
    for (const name of (await readdir(join(directory, part), { recursive: deep })).sort()) {
      const { size, mtimeMs } = await stat(join(directory, part, name)).catch(() => ({ size: 0, mtimeMs: 0 }));
      hash.update(`${part}/${name} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex').slice(0, 24);
}
