import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../child.js';
import { findGoProgram, VERSITYGW } from '../go-programs.js';
import { untilAnswers } from './ready.js';

// An S3-compatible server over a directory, for one machine: what the cluster script and the tests use.

const HOST = '127.0.0.1';

export interface StartS3Server {
  readonly cacheDir: string;
  /** Holds the bucket and the log. */
  readonly directory: string;
  readonly port: number;
  readonly say?: (line: string) => void;
}

export interface S3Server {
  readonly child: Child;
  readonly endpoint: string;
}

export const S3_BUCKET = 'signalbox';
/** Of a server that listens on this machine only and lives as long as its script. */
export const S3_CREDENTIALS = { accessKeyId: 'signalbox-local', secretAccessKey: 'not-a-secret-on-loopback' } as const;

/** Started again on the same directory it has the same objects. */
export async function startS3Server({ cacheDir, directory, port, say }: StartS3Server): Promise<S3Server> {
  const program = await findGoProgram({ cacheDir, program: VERSITYGW, ...(say && { say }) });
  const data = join(directory, 's3');
  const sidecar = join(directory, 'metadata');
  // The bucket is a directory.
  mkdirSync(join(data, S3_BUCKET), { recursive: true });
  mkdirSync(sidecar, { recursive: true });
  const log = openSync(join(directory, 's3.log'), 'a');
  const { accessKeyId, secretAccessKey } = S3_CREDENTIALS;
  const keys = ['--access', accessKeyId, '--secret', secretAccessKey];
  const child = await startChild({
    command: [program, ...keys, '--port', `${HOST}:${port}`, '--quiet', 'posix', '--sidecar', sidecar, data],
    output: log,
  });
  closeSync(log);
  const endpoint = `http://${HOST}:${port}`;
  await untilAnswers({
    what: 'the S3 server',
    child,
    log: join(directory, 's3.log'),
    ready: async () => (await fetch(endpoint)).status > 0,
  });
  return { child, endpoint };
}
