import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { readSigner } from '../adapters/people/answer-keys.js';
import { ensureLocalPerson, ensureOwnKey } from '../adapters/people/local-people.js';
import { connect } from '../adapters/temporal/client.js';
import { createApprover } from '../gateway/approver.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import type { ApprovalBinding } from '../schemas/approval-record.js';
import { type Config, environmentWith, loadConfig } from '../temporal.config.js';
import { startWorkerProcess, type WorkerProcess } from '../test/processes.js';

// A whole installation without a door: a Temporal server, database in a file, and workers as processes of their own,
// with everything real that a worker has.

export interface InstallationModels {
  /** Over what this environment has. */
  readonly env: Readonly<Record<string, string>>;
  /** `models` of the configuration file. */
  readonly config?: unknown;
}

export interface StartInstallation extends Pick<Config, 'cacheDir' | 'installDir'> {
  /** Emptied by the caller; everything goes here. */
  readonly directory: string;
  readonly repos: readonly { readonly name: string; readonly url: string }[];
  readonly models: InstallationModels;
}

export interface Installation {
  readonly client: Client;
  readonly server: DevServer;
  /** For processes that join it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stateDir: string;
  /** Says no to a question, as the local person. */
  reject(binding: ApprovalBinding): Promise<unknown>;
  startWorker(host: string): Promise<WorkerProcess>;
  close(): Promise<void>;
}

export async function startInstallation(options: StartInstallation): Promise<Installation> {
  const { directory, cacheDir, installDir, repos, models } = options;
  mkdirSync(directory, { recursive: true });
  const configFile = join(directory, 'signalbox.config.yaml');
  writeFileSync(
    configFile,
    stringify({
      repos,
      ...(models.config !== undefined && { models: models.config }),
    }),
  );
  const server = await startDevServer({ stateDir: join(directory, 'temporal'), cacheDir, quiet: true });
  const { address, namespace } = server;
  const temporal = connect({ address, namespace, connection: { address } });
  const stateDir = join(directory, 'state');
  const env = environmentWith({
    SIGNALBOX_CONFIG: configFile,
    SIGNALBOX_STATE: stateDir,
    TEMPORAL_ADDRESS: address,
    ...models.env,
  });
  const { people } = loadConfig({ SIGNALBOX_CONFIG: configFile, SIGNALBOX_STATE: stateDir });
  await ensureOwnKey(people);
  await ensureLocalPerson({ ...people, user: 'bench' });
  const approver = createApprover({ client: temporal.client, signer: await readSigner(people.keyFile) });
  const workers: WorkerProcess[] = [];
  return {
    ...{ client: temporal.client, server, env, stateDir },
    reject: (binding) =>
      approver.answer({
        ...{ ...binding, decision: 'reject', reason: 'nobody is there', via: 'cli' },
        actor: { source: 'cli', id: 'bench' },
      }),
    async startWorker(host) {
      const worker = await startWorkerProcess({ installDir, directory, env, host });
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await temporal.close();
      await server.close();
    },
  };
}
