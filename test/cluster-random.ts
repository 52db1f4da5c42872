import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Cluster } from '../infra/cluster/cluster.js';
import { HOST } from '../infra/ports.js';
import { environmentWith, loadConfig } from '../temporal.config.js';

// `signalbox chaos` on the cluster: each time that it restarts "the server", the next of its parts is the one.

export interface RandomChaos {
  readonly cluster: Cluster;
  /** For its report. */
  readonly directory: string;
  readonly missions: number;
  readonly kills: number;
  readonly seed: number;
}

export interface RandomChaosReport {
  readonly exitCode: number;
  /** Its own report; undefined when it did not come that far. */
  readonly markdown: string | undefined;
  readonly json: unknown;
}

/** What `signalbox chaos` may take for the server. S3 is not: its missions keep their state in files. */
const SERVERS = /^(Temporal|PostgreSQL)/;

export async function randomChaos({ cluster, directory, ...plan }: RandomChaos): Promise<RandomChaosReport> {
  const parts = cluster.parts.filter(({ name }) => SERVERS.test(name));
  let next = 0;
  const server = createServer(async (_request, response) => {
    const part = parts[next++ % parts.length];
    await part?.kill();
    await part?.start();
    response.end(`${part?.name} is back\n`);
  }).listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const restart = `${process.execPath} -e "fetch('http://${HOST}:${port}/').then((r) => process.exit(r.ok ? 0 : 1))"`;
  const report = join(directory, 'chaos');
  const options = Object.entries({ ...plan, report, 'restart-server': restart });
  const child = spawn(
    process.execPath,
    [
      join(loadConfig().installDir, 'dist/chaos/main.js'),
      ...options.flatMap(([name, value]) => [`--${name}`, `${value}`]),
    ],
    { env: environmentWith({ TEMPORAL_ADDRESS: cluster.temporal.address }), stdio: 'inherit' },
  );
  const [code] = await once(child, 'exit');
  server.close();
  const read = (name: string) => {
    const file = join(report, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  return { exitCode: Number(code ?? 1), markdown: read('chaos.md'), json: JSON.parse(read('chaos.json') ?? 'null') };
}
