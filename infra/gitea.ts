import { existsSync } from 'node:fs';
import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { environmentWith } from '../temporal.config.js';
import { claimDirectory } from './claim.js';
import { findGo, type GoProgram } from './go-programs.js';
import { inCache, run } from './programs.js';

// Gitea, the forge of the tests. Unlike other Go programs it only compiles as its own main module, because of the
// replacements in its go.mod, and it reads templates from a directory. The last version under this module path.

const GITEA = { path: 'code.gitea.io/gitea', version: 'v1.26.0' } as const satisfies GoProgram;
const ASSETS = ['templates', 'options', 'public'];
/** The driver of SQLite is C. */
const TAGS = 'sqlite sqlite_unlock_notify';

/** Six minutes of two processors, and others may be at work. */
const BUILD_MS = 30 * 60_000;
const DOWNLOAD_MS = 5 * 60_000;
const LOOK_MS = 1_000;

export interface Gitea {
  readonly program: string;
  /** What it calls its static root. */
  readonly assets: string;
}

export interface FindGitea {
  readonly cacheDir: string;
  /** Is told before what takes minutes. */
  readonly say?: (line: string) => void;
}

/** Gitea in the cache. Built first when it is not there, by one process: others wait. Throws what to do when it can't be. */
export async function findGitea({ cacheDir, say }: FindGitea): Promise<Gitea> {
  const home = join(cacheDir, 'go', `gitea-${GITEA.version}`);
  const found = { program: join(home, 'gitea'), assets: home };
  if (existsSync(home)) return found;
  const claim = await claimBuild(join(cacheDir, 'go', 'gitea-build'), () => existsSync(home), say);
  try {
    if (!existsSync(home)) await build({ cacheDir, home, ...(say && { say }) });
    return found;
  } finally {
    claim?.release();
  }
}

/** Undefined when another process has finished while we waited for it. */
async function claimBuild(directory: string, isThere: () => boolean, say: FindGitea['say']) {
  const deadline = Date.now() + BUILD_MS;
  for (let told = false; ; told = true) {
    try {
      return claimDirectory(directory);
    } catch (error) {
      if (isThere()) return undefined;
      if (Date.now() > deadline) throw error;
      if (!told) say?.(`waiting for another process that builds Gitea ${GITEA.version}; this takes minutes, once`);
      await sleep(LOOK_MS);
    }
  }
}

async function build({ cacheDir, home, say }: FindGitea & { readonly home: string }): Promise<void> {
  await run('cc', ['--version'], DOWNLOAD_MS).catch(() => {
    throw new Error('Gitea needs a C compiler: run apt-get install gcc libc6-dev, or put gcc on the PATH as cc');
  });
  const go = await findGo(cacheDir, say);
  say?.(`building Gitea ${GITEA.version} with Go; this takes minutes, once`);
  await inCache(join(cacheDir, 'go'), async (directory) => {
    const source = await giteaSource(go, directory);
    const made = join(directory, 'gitea');
    await mkdir(made);
    const flags = ['-mod=readonly', '-buildvcs=false', '-tags', TAGS];
    const linker = ['-ldflags', `-s -w -X main.Version=${GITEA.version.slice(1)}`];
    // Nobody who waits for a test should feel it.
    const command = ['-n', '19', go, 'build', ...flags, ...linker, '-o', join(made, 'gitea'), '.'];
    await run('nice', command, BUILD_MS, { cwd: source, env: environmentWith({ CGO_ENABLED: '1' }) });
    for (const asset of ASSETS) await cp(join(source, asset), join(made, asset), { recursive: true });
    await rename(made, home);
    return home;
  });
}

/** Where Go keeps its source. Go has verified it, and takes exactly the dependencies that it names. */
async function giteaSource(go: string, directory: string): Promise<string> {
  const args = ['mod', 'download', '-json', `${GITEA.path}@${GITEA.version}`];
  return z.object({ Dir: z.string() }).parse(JSON.parse(await run(go, args, DOWNLOAD_MS, { cwd: directory }))).Dir;
}

/** What its stylesheets are made with: the versions of its own package.json. */
const STYLE_PACKAGES = ['tailwindcss@3.4.19', 'postcss@8.5.8', 'cropperjs@1.6.2'];
const STYLES = { 'css/index.css': 'index.css', 'css/theme-gitea-auto.css': 'themes/theme-gitea-auto.css' };
/** Pages are written by the server; without these files they say so in a dialog. */
const SCRIPTS = ['js/iife.js', 'js/index.js'];
const STYLES_MS = 5 * 60_000;

/**
 * A directory for `custom/public/assets` with Gitea's stylesheets and empty scripts, for pictures of its pages: its Go
 * module comes without them. Needs npm, and takes half a minute, once.
 */
export async function findGiteaStyles({ cacheDir, say }: FindGitea): Promise<string> {
  const home = join(cacheDir, 'go', `gitea-styles-${GITEA.version}`);
  if (existsSync(home)) return home;
  const go = await findGo(cacheDir, say);
  say?.('making the stylesheets of Gitea, once');
  await inCache(join(cacheDir, 'go'), async (directory) => {
    const source = await giteaSource(go, directory);
    for (const part of ['web_src/css', 'templates', 'tailwind.config.ts']) {
      await cp(join(source, part), join(directory, part), { recursive: true });
    }
    // What Go keeps is readonly.
    await run('chmod', ['-R', 'u+w', directory], STYLES_MS);
    const at = { cwd: directory };
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact'];
    await run('npm', ['install', ...flags, ...STYLE_PACKAGES], STYLES_MS, at);
    const made = join(directory, 'made');
    for (const [style, from] of Object.entries(STYLES)) {
      const files = ['-i', join('web_src/css', from), '-o', join(made, style)];
      await run('node_modules/.bin/tailwindcss', ['-c', 'tailwind.config.ts', ...files], STYLES_MS, at);
    }
    await mkdir(join(made, 'js'));
    for (const script of SCRIPTS) await writeFile(join(made, script), '');
    await rename(made, home);
    return home;
  });
  return home;
}
