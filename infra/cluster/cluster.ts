import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DevServer } from '../dev-server.js';
import { freePorts } from '../ports.js';
import type { Part } from './part.js';
import { createPostgres } from './postgres.js';
import { createS3Server, S3_BUCKET, S3_CREDENTIALS } from './s3-server.js';
import { createTemporal } from './temporal.js';

// What an installation on several machines stands on, as processes of one machine: PostgreSQL, Temporal's four
// services, an S3-compatible server. The same topology as infra/compose, without containers.

export interface StartCluster {
  /** For data and logs. */
  readonly directory: string;
  readonly cacheDir: string;
  /** Is told what is being started. */
  readonly say: (line: string) => void;
}

export interface Cluster {
  readonly temporal: Pick<DevServer, 'address' | 'namespace'>;
  /** By name: each can be killed and started again. */
  readonly parts: readonly Part[];
  /** `storage` of the configuration file, and the credentials that belong to it. */
  readonly storage: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const USER = 'temporal';

/** Ends what it has started when something does not start. */
export async function startCluster({ directory, cacheDir, say }: StartCluster): Promise<Cluster> {
  const parts: Part[] = [];
  const close = async () => {
    const [database, ...others] = [...parts].reverse();
    await Promise.all(others.map((part) => part.stop()));
    await database?.stop();
  };
  const place = (name: string) => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  // PostgreSQL runs as another user when this is root, and must get to its part.
  chmodSync(directory, 0o711);
  try {
    const [postgresPort = 0, s3Port = 0] = await freePorts(2);
    const database = { port: postgresPort, user: USER, password: randomBytes(16).toString('hex') };
    say('PostgreSQL');
    const postgres = await createPostgres({ directory: place('postgres'), ...database });
    parts.unshift(postgres);
    await postgres.start();
    say('S3');
    const s3 = await createS3Server({ cacheDir, directory: place('s3'), port: s3Port, say });
    parts.unshift(s3.part);
    await s3.part.start();
    say('Temporal');
    const temporal = await createTemporal({ directory: place('temporal'), cacheDir, database, say });
    parts.unshift(...Object.values(temporal.services));
    await temporal.start();
    return {
      temporal,
      parts,
      storage: { kind: 's3', bucket: S3_BUCKET, endpoint: s3.endpoint, pathStyle: true },
      env: {
        AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
