import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SEARCH_ATTRIBUTES } from '../schemas/names.js';
import { findTemporalCli } from './temporal-cli.js';

// Temporal's development server as a child process, set up as Signalbox needs it. For one machine, the tests and the
// benchmarks; anything bigger points TEMPORAL_ADDRESS to a cluster.

const HOST = '127.0.0.1';
const NAMESPACE = 'default';
/** The development server forgets closed workflows after a day; people look back further. */
const RETENTION = '30d';
const READY_MS = 60_000;
const TERM_MS = 10_000;

/** Its queues are polled 20 times a second by default, which makes every remote step wait about 90 ms. */
const FAST_QUEUES = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
].flatMap((value) => ['--dynamic-config-value', value]);

/** Write-ahead logging saves most syncs; `full` still survives a power cut. */
const DURABLE_SQLITE = ['journal_mode=wal', 'synchronous=full'].flatMap((value) => ['--sqlite-pragma', value]);

export interface StartDevServer {
  /** Holds the database (`temporal.db`) and the log (`temporal.log`). */
  readonly stateDir: string;
  readonly cacheDir: string;
  /** A free one by default. */
  readonly port?: number;
  readonly uiPort?: number;
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
  const child = await spawnWithParent(cli, serverArguments({ ...options, port, uiPort }), log.descriptor);
  closeSync(log.descriptor);
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    process.off('exit', killWithParent);
    return `the Temporal development server ended with ${signal ?? `code ${code}`}${log.tail()}`;
  });
  const close = () => end(child);
  const address = `${HOST}:${port}`;
  try {
    await ready({ cli, address, ended });
  } catch (error) {
    await close();
    throw error;
  }
  const uiUrl = uiPort === undefined ? undefined : `http://${HOST}:${uiPort}`;
  return { address, uiUrl, namespace: NAMESPACE, pid: child.pid ?? 0, ended, close };
}

interface Ports {
  readonly port: number;
  readonly uiPort: number | undefined;
}

function serverArguments(options: Omit<StartDevServer, keyof Ports> & Ports): string[] {
  const { stateDir, port, uiPort, memory, tuned = true } = options;
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(memory ? [] : ['--db-filename', join(stateDir, 'temporal.db')]),
    ...(tuned ? FAST_QUEUES : []),
    ...(tuned && !memory ? DURABLE_SQLITE : []),
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

async function choosePort(wanted: number | undefined, name: string): Promise<number> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ host: HOST, port: wanted ?? 0, exclusive: true });
  try {
    await listening;
  } catch (error) {
    throw new Error(
      `the ${name} ${wanted} of the Temporal development server is taken (${(error as NodeJS.ErrnoException).code}); ` +
        `stop what listens at ${HOST}:${wanted}, or, if that is a Temporal server to use, set TEMPORAL_ADDRESS=${HOST}:${wanted}`,
    );
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error(`${HOST} gave no port`);
  return address.port;
}

/**
 * A process group of its own, so that Ctrl-C reaches it only through us, after the workers. Where `setpriv` exists the
 * kernel ends it even if we are killed without a chance to.
 */
async function spawnWithParent(program: string, args: readonly string[], log: number): Promise<ChildProcess> {
  const bound = await promisify(execFile)('setpriv', ['--pdeathsig', 'TERM', 'true']).then(
    () => true,
    () => false,
  );
  const command = bound ? ['setpriv', '--pdeathsig', 'TERM', program, ...args] : [program, ...args];
  const [first = program, ...rest] = command;
  const child = spawn(first, rest, { stdio: ['ignore', log, log], detached: true });
  await once(child, 'spawn');
  return child;
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

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), TERM_MS);
  await exited;
  clearTimeout(killing);
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
