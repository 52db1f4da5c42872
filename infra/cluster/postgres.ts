import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOST, listens } from '../ports.js';
import { createPart, type Part } from './part.js';

// A PostgreSQL server of its own in a directory, from the programs of Debian's package.

const DEBIAN = '/usr/lib/postgresql';
/** Overflow ids, as sandboxes have them: PostgreSQL refuses to run as root. */
const NOBODY = 65534;

export interface PostgresOptions {
  /** Must not exist; the data and the log go there. */
  readonly directory: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Makes the data directory. The server is not started. */
export async function createPostgres({ directory, port, user, password }: PostgresOptions): Promise<Part> {
  const bin = programs();
  const data = join(directory, 'data');
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const secret = join(directory, 'password');
  writeFileSync(secret, password, { mode: 0o600 });
  if (isRoot()) for (const path of [directory, secret]) chownSync(path, NOBODY, NOBODY);
  const [program, ...args] = asOther(
    ...[join(bin, 'initdb'), '--pgdata', data, '--username', user, '--pwfile', secret, '--encoding', 'UTF8'],
    ...['--locale', 'C', '--auth', 'scram-sha-256'],
  );
  await promisify(execFile)(program, args).catch((error: Error & { stderr?: string }) => {
    throw new Error(`initdb failed: ${error.stderr?.trim() || error.message}`);
  });
  const settings = { listen_addresses: HOST, port, unix_socket_directories: '', max_connections: 200 };
  return createPart({
    name: 'PostgreSQL',
    command: asOther(
      ...[join(bin, 'postgres'), '-D', data],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ),
    log: join(directory, 'postgres.log'),
    ready: () => listens(port),
    // What a power cut leaves: no checkpoint, and recovery from the log at the next start. After SIGKILL its own children
    // would hold the shared memory for a moment, and the next start fail.
    deadly: 'SIGQUIT',
  });
}

function programs(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number).filter(Number.isFinite) : [];
  const newest = Math.max(...versions);
  const bin = join(DEBIAN, String(newest), 'bin');
  if (existsSync(join(bin, 'initdb'))) return bin;
  throw new Error('PostgreSQL is not installed: apt-get install postgresql');
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Ends with its parent, as every part. */
function asOther(program: string, ...args: readonly string[]): [string, ...string[]] {
  if (!isRoot()) return [program, ...args];
  const other = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--pdeathsig', 'TERM'];
  return ['setpriv', ...other, program, ...args];
}
