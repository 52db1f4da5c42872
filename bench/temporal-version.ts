import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findTemporalCli } from '../infra/temporal-cli.js';

/** The version of the server inside the program that the development servers here are started from. */
export async function temporalVersion({ cacheDir }: { readonly cacheDir: string }): Promise<string> {
  const { stdout } = await promisify(execFile)(await findTemporalCli({ cacheDir }), ['--version']);
  return stdout.match(/Server ([\d.]+)/)?.[1] ?? 'unknown';
}
