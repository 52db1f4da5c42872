import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../infra/child.js';
import { freePort } from '../../infra/ports.js';
import { until } from '../processes.js';
import { findDebianProgram } from './debian.js';

// A real Alertmanager that sends its webhooks to an address with a bearer token.

export interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  /** In the past: resolved. */
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

export interface RealAlertmanager {
  readonly url: string;
  /** As Prometheus tells it. */
  fire(alerts: readonly AlertmanagerAlert[]): Promise<void>;
  close(): Promise<void>;
}

export interface StartAlertmanager {
  /** Where webhooks go. */
  readonly webhook: string;
  readonly token: string;
  readonly groupBy?: readonly string[];
}

export async function startAlertmanager({
  webhook,
  token,
  groupBy = ['alertname'],
}: StartAlertmanager): Promise<RealAlertmanager> {
  const program = await findDebianProgram('prometheus-alertmanager');
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-alertmanager-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const times = { group_wait: '100ms', group_interval: '300ms', repeat_interval: '1h' };
  await writeFile(
    join(directory, 'alertmanager.yml'),
    JSON.stringify({
      route: { receiver: 'signalbox', group_by: groupBy, ...times },
      receivers: [
        {
          name: 'signalbox',
          webhook_configs: [
            {
              url: webhook,
              send_resolved: true,
              http_config: { authorization: { type: 'Bearer', credentials: token } },
            },
          ],
        },
      ],
    }),
  );
  const log = join(directory, 'log');
  const child = await startChild({
    command: [
      ...program,
      ...[`--config.file=${directory}/alertmanager.yml`, `--storage.path=${directory}/data`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address=', '--log.level=warn'],
    ],
    output: openSync(log, 'a'),
    env: {},
  });
  await until('Alertmanager', { child, log }, async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    url,
    async fire(alerts) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (!response.ok) throw new Error(`Alertmanager took no alert: ${response.status} ${await response.text()}`);
    },
    async close() {
      await child.end({ signal: 'SIGTERM', insistAfterMs: 5_000 });
      await rm(directory, { recursive: true, force: true });
    },
  };
}
