import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../infra/child.js';
import { freePort } from '../infra/ports.js';
import { environmentWith } from '../temporal.config.js';
import { SENDERS_CONFIG, senderSecrets, TRACKER_KEYS } from '../test/fakes/webhooks/installation.js';
import type { BenchContext } from './context.js';

// The gateway as a process of its own, with every door open.

export interface StartGatewayProcess {
  readonly context: BenchContext;
  readonly secret: string;
  /** Address of the server. */
  readonly temporal: string;
}

export interface GatewayProcess {
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when it can take signals. */
export async function startGatewayProcess({ context, secret, temporal }: StartGatewayProcess): Promise<GatewayProcess> {
  const { directory, installDir } = context;
  const port = await freePort();
  const config = join(directory, 'signalbox.config.yaml');
  writeFileSync(config, SENDERS_CONFIG);
  const child = await startChild({
    command: [process.execPath, join(installDir, 'dist/gateway/main.js')],
    output: openSync(join(directory, 'gateway.log'), 'a'),
    env: environmentWith({
      ...{ ...senderSecrets([secret]), ...TRACKER_KEYS, TEMPORAL_ADDRESS: temporal, PORT: String(port) },
      ...{ SIGNALBOX_CONFIG: config, SIGNALBOX_STATE: directory },
    }),
  });
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child);
  return { url, close: () => child.end({ signal: 'SIGTERM', insistAfterMs: 10_000 }) };
}

async function ready(url: string, child: Child): Promise<void> {
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (ended) throw new Error('the gateway ended before it was ready');
    await sleep(50);
  }
}
