import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findGoProgram, VERSITYGW } from '../go-programs.js';
import { HOST } from '../ports.js';
import { createPart, type Part } from './part.js';

// An S3-compatible server over a directory, for one machine: what the cluster script and the tests use.

export interface S3ServerOptions {
  readonly cacheDir: string;
  /** Holds the bucket and the log. */
  readonly directory: string;
  readonly port: number;
  readonly say?: (line: string) => void;
}

export interface S3Server {
  readonly part: Part;
  readonly endpoint: string;
}

export const S3_BUCKET = 'signalbox';
/** Of a server that listens on this machine only and lives as long as what started it. */
export const S3_CREDENTIALS = { accessKeyId: 'signalbox-local', secretAccessKey: 'not-a-secret-on-loopback' } as const;

/** It is not started. Started again on the same directory it has the same objects. */
export async function createS3Server({ cacheDir, directory, port, say }: S3ServerOptions): Promise<S3Server> {
  const program = await findGoProgram({ cacheDir, program: VERSITYGW, ...(say && { say }) });
  const data = join(directory, 's3');
  // Beside the objects, so that any file system will do.
  const metadata = join(directory, 'metadata');
  // The bucket is a directory.
  for (const path of [join(data, S3_BUCKET), metadata]) mkdirSync(path, { recursive: true });
  const { accessKeyId, secretAccessKey } = S3_CREDENTIALS;
  const keys = ['--access', accessKeyId, '--secret', secretAccessKey];
  const endpoint = `http://${HOST}:${port}`;
  const part = createPart({
    name: 'S3',
    command: [program, ...keys, '--port', `${HOST}:${port}`, '--quiet', 'posix', '--sidecar', metadata, data],
    log: join(directory, 's3.log'),
    ready: async () => (await fetch(endpoint)).status > 0,
  });
  return { part, endpoint };
}
