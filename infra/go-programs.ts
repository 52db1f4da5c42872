import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { environmentWith } from '../temporal.config.js';

// Servers that no package of Debian or npm has: built once from Go's module proxy, whose checksums Go verifies.

const BUILD_MS = 20 * 60_000;

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
  say?.(`building ${path}@${version} with Go; this takes minutes, once`);
  await mkdir(join(cacheDir, 'go'), { recursive: true });
  const directory = await mkdtemp(join(cacheDir, 'go', 'build-'));
  try {
    await install(`${path}@${version}`, directory);
    await rename(join(directory, basename(path)), final);
    return final;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function install(what: string, directory: string): Promise<void> {
  const env = environmentWith({ GOBIN: directory });
  return new Promise((resolve, reject) => {
    execFile('go', ['install', what], { timeout: BUILD_MS, env }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      if (error.code === 'ENOENT') {
        return reject(new Error(`${what} must be built and Go is not installed: apt-get install golang-go`));
      }
      return reject(
        new Error(`${what} can't be built: ${stderr.trim().split('\n').slice(-3).join('; ') || error.message}`),
      );
    });
  });
}
