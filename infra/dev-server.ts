import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SEARCH_ATTRIBUTES } from '../schemas/names.js';
import { startChild } from './child.js';
import { DYNAMIC_CONFIG } from './dynamic-config.js';
import { freePort, HOST } from './ports.js';
import { findTemporalCli } from './temporal-cli.js';

// Temporal's development server as a child process, set up as Signalbox needs it. For one machine, the tests and the
// benchmarks; anything bigger points TEMPORAL_ADDRESS to a cluster.

const NAMESPACE = 'default';
/** The development server forgets closed workflows after a day; people look back further. */
const RETENTION = '30d';
const READY_MS = 60_000;
const TERM_MS = 10_000;

const SETTINGS = Object.entries(DYNAMIC_CONFIG).flatMap(([name, value]) => [
  '--dynamic-config-value',
  `${name}=${value}`,
]);

/** Write-ahead logging saves most syncs; `full` still survives a power cut. */
const DURABLE_SQLITE = ['journal_mode=wal', 'synchronous=full'].flatMap((value) => ['--sqlite-pragma', value]);

export interface StartDevServer {
  /** Holds the database (`temporal.db`) and the log (`temporal.log`). */
  readonly stateDir: string;
  readonly cacheDir: string;
  /** A free one by default. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Where the Web UI has encrypted payloads decoded. */
  readonly uiCodec?: string;
  /** Without database file and Web UI: for tests. */
  readonly memory?: boolean;
  /** `false`: as the server comes, to compare with. */
  readonly tuned?: boolean;
  /** Says nothing on stderr. */
  readonly quiet?: boolean;
}

export interface DevServer {
  readonly address: string;
  /** Undefined without Web UI. */
  readonly uiUrl: string | undefined;
  readonly namespace: string;
  readonly pid: number;
  /** Resolves with the reason when the server ends, wanted or not. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export async function startDevServer(options: StartDevServer): Promise<DevServer> {
  const { stateDir, cacheDir, memory = false } = options;
  const say = options.quiet ? undefined : (line: string) => process.stderr.write(`${line}\n`);
  const cli = await findTemporalCli({ cacheDir, ...(say ? { say } : {}) });
  mkdirSync(stateDir, { recursive: true });
  const port = await choosePort(options.port, 'port');
  const uiPort = memory ? undefined : await choosePort(options.uiPort, 'UI port');
  const log = logFile(stateDir);
  const command = [cli, ...serverArguments({ ...options, port, uiPort })] as const;
  const child = await startChild({ command, output: log.descriptor });
  closeSync(log.descriptor);
  const ended = child.ended.then(({ code, signal }) => {
    const reason = `the Temporal development server ended with ${signal ?? `code ${code}`}`;
    return code === 0 || signal === 'SIGKILL' ? reason : reason + log.tail();
  });
  // A graceful stop takes a second, and without a database there is nothing to save.
  const close = () => child.end({ signal: memory ? 'SIGKILL' : 'SIGTERM', insistAfterMs: TERM_MS });
  const address = `${HOST}:${port}`;
  try {
    await ready({ cli, address, ended });
  } catch (error) {
    await close();
    throw error;
  }
  const uiUrl = uiPort === undefined ? undefined : `http://${HOST}:${uiPort}`;
  return { address, uiUrl, namespace: NAMESPACE, pid: child.pid, ended, close };
}

interface Ports {
  readonly port: number;
  readonly uiPort: number | undefined;
}

function serverArguments(options: Omit<StartDevServer, keyof Ports> & Ports): string[] {
  const { stateDir, port, uiPort, uiCodec, memory, tuned = true } = options;
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(uiPort === undefined || uiCodec === undefined ? [] : ['--ui-codec-endpoint', uiCodec]),
    ...(memory ? [] : ['--db-filename', join(stateDir, 'temporal.db')]),
    ...(tuned ? SETTINGS : []),
    ...(tuned && !memory ? DURABLE_SQLITE : []),
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

/** The wanted port, or one that no client is given meanwhile; throws when the wanted one is taken. */
async function choosePort(wanted: number | undefined, name: string): Promise<number> {
  if (wanted === undefined || wanted === 0) return freePort();
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ host: HOST, port: wanted, exclusive: true });
  try {
    await listening;
  } catch (error) {
    throw new Error(
      `the ${name} ${wanted} of the Temporal development server is taken (${(error as NodeJS.ErrnoException).code}); ` +
        `stop what listens at ${HOST}:${wanted}, or, if that is a Temporal server to use, set TEMPORAL_ADDRESS=${HOST}:${wanted}`,
    );
  }
  server.close();
  await once(server, 'close');
  return wanted;
}

interface Starting {
  readonly cli: string;
  readonly address: string;
  readonly ended: Promise<string>;
}

/** Setting the retention is what must be done first, and answers only when the server does. */
async function ready({ cli, address, ended }: Starting): Promise<void> {
  const args = ['operator', 'namespace', 'update', '-n', NAMESPACE, '--retention', RETENTION, '--address', address];
  const gone = ended.then((reason) => {
    throw new Error(reason);
  });
  const answered = async () => {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      try {
        return await promisify(execFile)(cli, args, { timeout: READY_MS });
      } catch (error) {
        if (Date.now() > deadline) throw new Error(`no answer at ${address} after ${READY_MS / 1000} s: ${error}`);
        await sleep(50);
      }
    }
  };
  await Promise.race([answered(), gone]);
  gone.catch(() => undefined);
}

function logFile(stateDir: string) {
  const path = join(stateDir, 'temporal.log');
  const descriptor = openSync(path, 'a');
  const from = statSync(path).size;
  const tail = () => {
    const lines = readFileSync(path).subarray(from).toString().trim().split('\n').slice(-5);
    return lines.join('') === '' ? '' : `; the end of ${path}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  };
  return { descriptor, tail };
}
