import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { connect } from '../adapters/temporal/client.js';
import { freePort } from '../infra/ports.js';
import { type Config, environmentWith } from '../temporal.config.js';
import { FaultProxy } from '../test/fakes/fault-proxy.js';
import { FakeLinear } from '../test/fakes/linear.js';
import { FakeModels } from '../test/fakes/models/fake-models.js';
import type { AbacusRepo } from './desks.js';
import { Part } from './part.js';
import { abacusScript } from './script.js';
import type { ChaosServer } from './server.js';

// The installation that is broken: this installation's own programs, with a state directory, repositories and vendors
// of their own. Between the programs and the vendors stand proxies that can spoil answers.

const MODEL = 'claude-scripted';
const MODELS = {
  use: [
    {
      ...{ provider: 'anthropic', id: MODEL, tier: 'strong', contextTokens: 200_000, maxOutputTokens: 8_000 },
      ...{ price: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 }, thinking: false },
    },
  ],
};

/** No model but ours can be called, whatever keys this environment has: chaos must never cost money. */
const NO_KEYS = {
  ...{ ANTHROPIC_API_KEY_FILE: '', OPENAI_API_KEY: '', OPENAI_API_KEY_FILE: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '' },
  ...{ LINEAR_API_KEY_FILE: '', LINEAR_WEBHOOK_SECRET_FILE: '' },
};

export interface InstallOptions {
  readonly config: Config;
  readonly directory: string;
  readonly server: ChaosServer;
  readonly repos: readonly AbacusRepo[];
  readonly workers: number;
  /** Modules that the programs load first: how planted bugs get in. */
  readonly preload: readonly string[];
}

export interface Install {
  readonly client: Client;
  readonly tracker: FakeLinear;
  readonly proxies: Readonly<Record<'model' | 'tracker', FaultProxy>>;
  readonly gatewayUrl: string;
  /** Where workspaces, mounts and what belongs to them are. */
  readonly stateDir: string;
  /** TMPDIR of the programs. */
  readonly temporary: string;
  readonly workers: readonly Part[];
  readonly gateway: Part;
  /** Why a script of the models had nothing to say; empty when all went as written. */
  scriptErrors(): readonly unknown[];
  /** The programs, in good order: workers give their workspaces back. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startInstall(options: InstallOptions): Promise<Install> {
  const { config, directory, server, repos, preload } = options;
  mkdirSync(directory, { recursive: true });
  const tracker = new FakeLinear({ webhookSecret: randomBytes(24).toString('hex') });
  const models = new FakeModels({ apiKey: `sk-${randomBytes(16).toString('hex')}` });
  models.script(abacusScript);
  await Promise.all([tracker.start(), models.start()]);
  const proxies = {
    model: new FaultProxy(models.anthropicUrl),
    tracker: new FaultProxy(new URL(tracker.apiUrl).origin),
  };
  await Promise.all([proxies.model.start(), proxies.tracker.start()]);
  const apiUrl = `${proxies.tracker.url}/graphql`;
  const port = await freePort();
  const stateDir = join(directory, 'state');
  // Not below the state, and open as /tmp is: sandboxes look whether they can see into it.
  const temporary = mkdtempSync(join(tmpdir(), 'signalbox-chaos-tmp-'));
  chmodSync(temporary, 0o1777);
  const file = join(directory, 'signalbox.config.yaml');
  writeFileSync(
    file,
    stringify({
      repos: repos.map(({ name, bare, team }) => ({ name, url: bare, match: [{ team }] })),
      // Its tickets say the same of one desk after the other.
      triage: { fold: false, models: { triager: false, analyst: false } },
      ...{ gateway: { port }, models: MODELS, linear: { apiUrl } },
      // As in this installation; its paths are absolute.
      encryption: config.temporal.encryption,
    }),
  );
  const env = environmentWith({
    ...NO_KEYS,
    ...{
      SIGNALBOX_CONFIG: file,
      SIGNALBOX_STATE: stateDir,
      TMPDIR: temporary,
      SIGNALBOX_TOKEN: randomBytes(16).toString('hex'),
    },
    ...{ LINEAR_API_URL: apiUrl, LINEAR_API_KEY: tracker.apiKey, LINEAR_WEBHOOK_SECRET: tracker.webhookSecret },
    ...{ ANTHROPIC_API_KEY: models.apiKey, ANTHROPIC_BASE_URL: proxies.model.url, PORT: String(port) },
    ...{ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace },
  });
  const program = (entry: string) => [
    ...preload.flatMap((module) => ['--import', module]),
    join(config.installDir, 'dist', entry),
  ];
  const gatewayUrl = `http://127.0.0.1:${port}`;
  const gateway = new Part({
    ...{ name: 'gateway', command: program('gateway/main.js'), env, directory },
    ready: async () => (await fetch(`${gatewayUrl}/readyz`)).ok,
  });
  const workers = Array.from({ length: options.workers }, (_, n) => {
    const host = `chaos-${n + 1}`;
    return new Part({
      ...{ name: `worker-${host}`, command: program('workers/main.js'), directory },
      env: { ...env, SIGNALBOX_HOST: host },
      ready: async (log) => log.includes('worker ready'),
    });
  });
  const { address, namespace } = server;
  const temporal = connect({
    ...{ address, namespace, connection: { ...config.temporal.connection, address } },
    encryption: config.temporal.encryption,
  });
  const stop = async () => {
    await gateway.stop();
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  return {
    ...{ client: temporal.client, tracker, proxies, gatewayUrl, stateDir, temporary, workers, gateway, stop },
    scriptErrors: () => models.scriptErrors,
    async close() {
      await Promise.all([gateway, ...workers].map((part) => part.kill()));
      rmSync(temporary, { recursive: true, force: true });
      await temporal.close();
      await Promise.all([proxies.model.close(), proxies.tracker.close(), models.close(), tracker.close()]);
    },
  };
}
