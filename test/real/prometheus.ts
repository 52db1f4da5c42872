import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../infra/child.js';
import { freePort } from '../../infra/ports.js';
import { until } from '../processes.js';
import { findDebianProgram } from './debian.js';

// A real Prometheus that scrapes figures which the test sets, several times a second.

export interface RealPrometheus {
  readonly url: string;
  /** From the next scrape on; undefined takes the series away. */
  set(metric: string, value: number | undefined): void;
  close(): Promise<void>;
}

export async function startPrometheus(): Promise<RealPrometheus> {
  const program = await findDebianProgram('prometheus');
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-prometheus-'));
  const figures = new Map<string, number>();
  const target = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end([...figures].map(([metric, value]) => `${metric} ${value}\n`).join(''));
  });
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(
    join(directory, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
      scrape_configs: [
        {
          job_name: 'shop',
          static_configs: [{ targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`] }],
        },
      ],
    }),
  );
  const log = join(directory, 'log');
  const child = await startChild({
    command: [
      ...program,
      ...[`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
    ],
    output: openSync(log, 'a'),
    env: {},
  });
  await until('Prometheus', { child, log }, async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    url,
    set(metric, value) {
      if (value === undefined) figures.delete(metric);
      else figures.set(metric, value);
    },
    async close() {
      await child.end({ signal: 'SIGTERM', insistAfterMs: 5_000 });
      target.close();
      target.closeAllConnections();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
