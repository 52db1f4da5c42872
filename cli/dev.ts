import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkKeys } from '../adapters/temporal/codec/data-converter.js';
import { promote } from '../adapters/temporal/deployment.js';
import { readBuildId } from '../infra/build-id.js';
import { type Child, startChild } from '../infra/child.js';
import { claimDirectory } from '../infra/claim.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { freePort } from '../infra/ports.js';
import { preflight } from '../infra/preflight.js';
import { type Config, environmentWith, loadConfig } from '../temporal.config.js';
import { reach } from './connect.js';
import { adoptLeft } from './deploy.js';
import { Refusal } from './errors.js';
import { json, type Output, processOutput, safe } from './output.js';
import { type Part, partEntry } from './parts.js';
import { who } from './people.js';

// Everything on this machine: Temporal, gateway and worker as child processes. The end of one is the end of all.

const READY_MS = 60_000;
const WORKER_INSIST_MS = 20_000;
const STDERR = 2;

export interface Dev {
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly json: boolean;
}

interface Running {
  server: DevServer | undefined;
  readonly children: Map<Part, Child>;
}

export async function dev(options: Dev): Promise<number> {
  const config = loadConfig();
  const output = processOutput(config.color);
  const problems = [...preflight(config, 'gateway'), ...preflight(config, 'worker')];
  if (problems.length > 0) {
    const lines = problems.map(({ problem, remedy }) => `  ${problem}: ${remedy}`);
    throw new Refusal(`not everything is there:\n${[...new Set(lines)].join('\n')}`);
  }
  await checkKeys(config.temporal.encryption);
  const claim = claimDirectory(config.stateDir);
  const stop = stopSignal(output);
  const running: Running = { server: undefined, children: new Map() };
  const over = new AbortController();
  try {
    const port = config.gateway.port === 0 ? await freePort(config.gateway.host) : config.gateway.port;
    const gateway = `http://${config.gateway.host}:${port}`;
    running.server = await startServer(config, options, gateway);
    const ended = await Promise.race([
      stop.asked.then(() => undefined),
      run({ config, gateway, options, output, running, over: over.signal }),
    ]);
    if (ended !== undefined) output.talk(`signalbox: ${ended}; everything else is ended too`);
    return ended === undefined ? 130 : 1;
  } finally {
    over.abort();
    await endAll(running, stop.insisted);
    claim.release();
  }
}

async function startServer(
  config: Config,
  { temporalPort, uiPort }: Dev,
  gateway: string,
): Promise<DevServer | undefined> {
  if (config.temporal.given) return undefined;
  const { stateDir, cacheDir } = config;
  const codec = encrypts(config) && { uiCodec: `${gateway}/codec` };
  return startDevServer({ stateDir, cacheDir, port: temporalPort, uiPort, ...codec });
}

interface Run {
  readonly config: Config;
  /** Its address. */
  readonly gateway: string;
  readonly options: Dev;
  readonly output: Output;
  readonly running: Running;
  /** Nothing more is waited for: waiting would keep this process alive. */
  readonly over: AbortSignal;
}

/** Resolves with the reason when something ends by itself. */
async function run({ config, gateway, options, output, running, over }: Run): Promise<string> {
  const { server, children } = running;
  const address = server?.address ?? config.temporal.address;
  const tokenFile =
    encrypts(config) && config.codecServer.token === undefined ? codecToken(config.stateDir) : undefined;
  const env = environmentWith({
    ...{ TEMPORAL_ADDRESS: address, PORT: new URL(gateway).port || '80' },
    ...(server?.uiUrl !== undefined && { SIGNALBOX_UI_URL: server.uiUrl }),
    ...(tokenFile !== undefined && { SIGNALBOX_CODEC_TOKEN_FILE: tokenFile }),
  });
  for (const part of ['worker', 'gateway'] as const) {
    const command = [process.execPath, partEntry(config.installDir, part)] as const;
    children.set(part, await startChild({ command, output: STDERR, env }));
  }
  const temporal = { ...config.temporal, address, connection: { ...config.temporal.connection, address } };
  const ended = Promise.race([
    ...(server ? [server.ended] : []),
    ...[...children].map(async ([part, child]) => {
      const { code, signal } = await child.ended;
      return `the ${part} ended with ${signal ?? `code ${code}`}`;
    }),
  ]);
  const ready = allReady({ config: { ...config, temporal }, gateway, over }).then(() => undefined);
  const early = await Promise.race([ready, ended]);
  if (early !== undefined || over.aborted) return early ?? 'stopped';
  const ui = server ? server.uiUrl : config.temporal.uiUrl;
  const you = await who(config);
  if (options.json) output.data(json({ temporal: address, ui, gateway, people: you }));
  else {
    const where = [`Temporal  ${address}`, `Web UI    ${ui}`, `gateway   ${gateway}`, `people    ${safe(you)}`];
    output.data([...where, 'ready; Ctrl-C ends all'].join('\n'));
    if (encrypts(config)) {
      const token = tokenFile === undefined ? 'SIGNALBOX_CODEC_TOKEN' : `what is in ${tokenFile}`;
      output.talk(
        `to read payloads in the Web UI: sign in at ${gateway}/codec/sign-in with ${token}; then, behind the UI's glasses, ` +
          `choose this browser's setting, the address ${gateway}/codec, and "Include cross-origin credentials"`,
      );
    }
  }
  return ended;
}

function encrypts({ temporal }: Config): boolean {
  return temporal.encryption.keys.length > 0;
}

/** The codec server's token where nobody chose one: in a file of this user, the same at every start. */
function codecToken(stateDir: string): string {
  const file = join(stateDir, 'codec-token');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  return file;
}

interface Await {
  readonly config: Config;
  readonly gateway: string;
  readonly over: AbortSignal;
}

async function allReady({ config, gateway, over }: Await): Promise<void> {
  const temporal = await reach(config.temporal);
  try {
    await until('the gateway', async () => (await fetch(`${gateway}/readyz`, { signal: over })).ok, over);
    // Whatever ran here before: what is started here is what is meant to work, with what its predecessors left.
    const { namespace } = config.temporal;
    await promote({ service: temporal.client.workflowService, namespace, over }, readBuildId(config.installDir));
    await adoptLeft(temporal.client);
  } finally {
    await temporal.close();
  }
}

async function until(what: string, ready: () => Promise<boolean>, over: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!over.aborted && !(await ready().catch(() => false))) {
    if (Date.now() > deadline) throw new Refusal(`${what} was not ready after ${READY_MS / 1000} s; its log is above`);
    await sleep(100);
  }
}

interface Stop {
  readonly asked: Promise<void>;
  readonly insisted: Promise<void>;
}

/** The first Ctrl-C asks; the second insists. */
function stopSignal(output: Output): Stop {
  const stops = new EventEmitter();
  let count = 0;
  const heard = () => {
    count += 1;
    stops.emit(count === 1 ? 'asked' : 'insisted');
    if (count === 1) output.talk('ending; Ctrl-C again ends at once');
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  const first = (name: string) => once(stops, name).then(() => undefined);
  return { asked: first('asked'), insisted: first('insisted') };
}

/** The front door first, then the worker, which may finish a step; the server last. */
async function endAll({ server, children }: Running, insisted: Promise<void>): Promise<void> {
  const all = [...children.values()];
  void insisted.then(() => Promise.all(all.map((child) => child.end({ signal: 'SIGKILL', insistAfterMs: 0 }))));
  for (const part of ['gateway', 'worker'] as const) {
    await children.get(part)?.end({ signal: 'SIGTERM', insistAfterMs: WORKER_INSIST_MS });
  }
  await server?.close();
}
