import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { connect } from '../adapters/temporal/client.js';
import { startDevServer } from '../infra/dev-server.js';
import { freePort } from '../infra/ports.js';
import { environmentWith, loadConfig } from '../temporal.config.js';
import { audit, deliverAll, planDeliveries } from '../test/deliveries.js';
import { SENDERS_CONFIG, senderSecrets, TRACKER_KEYS } from '../test/fakes/webhooks/installation.js';
import { startProgram, until } from '../test/processes.js';

// Promise P1 in numbers: deliveries of every vendor while the gateway and Temporal are killed with SIGKILL.

const HELP = `scripts/deliveries [--deliveries <n>] [--every <seconds>] [--seed <n>] [--report]

  --deliveries <n>   at least so many (default 10000); 30 % of the items are told of 2 to 6 times
  --every <seconds>  a kill about every so many seconds, of the gateway or of Temporal (default 4)
  --seed <n>         of the order and the kills (default 1)
  --report           writes docs/results/p1.md

Exits 1 when an acknowledged delivery was lost or started something twice.`;

const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '10000' },
    every: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}

const SECRET = 'whsec_of_this_run';
const { cacheDir, installDir } = loadConfig();
const directory = mkdtempSync(join(tmpdir(), 'signalbox-deliveries-'));
const seed = Number(values.seed);

async function gatewayAt(port: number, temporal: string) {
  const env = environmentWith({
    ...senderSecrets([SECRET]),
    ...TRACKER_KEYS,
    ...{ TEMPORAL_ADDRESS: temporal, PORT: String(port), SIGNALBOX_STATE: directory },
    ...{ SIGNALBOX_CONFIG: join(directory, 'signalbox.config.yaml'), LOG_LEVEL: 'warn' },
  });
  const program = await startProgram({ installDir, directory, env, entry: 'gateway/main.js', name: 'gateway' });
  await until('the gateway', program, async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  return program.child;
}

async function run() {
  writeFileSync(join(directory, 'signalbox.config.yaml'), SENDERS_CONFIG);
  let server = await startDevServer({ stateDir: directory, cacheDir, quiet: true });
  const temporalPort = Number(server.address.split(':')[1]);
  const port = await freePort();
  let gateway = await gatewayAt(port, server.address);
  const kills = { gateway: 0, temporal: 0 };
  let over = false;
  const killing = (async () => {
    const victims = fc.sample(fc.constantFrom<keyof typeof kills>('gateway', 'temporal'), { numRuns: 10_000, seed });
    for (const victim of victims) {
      await sleep(Number(values.every) * 1000);
      if (over) return;
      kills[victim]++;
      if (victim === 'gateway') {
        await gateway.end({ signal: 'SIGKILL', insistAfterMs: 0 });
        gateway = await gatewayAt(port, server.address);
      } else {
        process.kill(server.pid, 'SIGKILL');
        await server.ended;
        server = await startDevServer({ stateDir: directory, cacheDir, port: temporalPort, quiet: true });
      }
    }
  })();
  const plan = planDeliveries({ deliveries: Number(values.deliveries), seed });
  const started = performance.now();
  const { acknowledged, again } = await deliverAll({
    ...{ plan, secret: SECRET, together: 8, url: () => `http://127.0.0.1:${port}` },
    taken: (count) => {
      if (count % 1000 === 0) process.stderr.write(`${count} of ${plan.length}\n`);
    },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  over = true;
  await killing;
  const { address, namespace } = server;
  const temporal = connect({ address, namespace, connection: { address } });
  const found = await audit(temporal.client, acknowledged);
  await temporal.close();
  await gateway.end({ signal: 'SIGTERM', insistAfterMs: 10_000 });
  await server.close();
  return { found, kills, again, seconds, deliveries: acknowledged.length };
}

type Result = Awaited<ReturnType<typeof run>>;

function tableOf({ found, kills, again, seconds, deliveries }: Result): string {
  const bySource = Object.entries(found.bySource);
  const rows: [string, number | string][] = [
    ['deliveries acknowledged with 2xx', deliveries],
    ['items that they are about', found.items],
    ['triages and incidents of them', found.workflows],
    ['**acknowledged and lost**', found.lost],
    ['**started twice**', found.double],
    ['attempts without a 2xx, which came again', again],
    ['kills of the gateway', kills.gateway],
    ['kills of Temporal', kills.temporal],
    ['seconds', seconds],
    ...bySource.map(([door, count]): [string, number] => [`… of ${door}`, count]),
  ];
  return ['| what | count |', '| --- | --: |', ...rows.map(([what, count]) => `| ${what} | ${count} |`)].join('\n');
}

try {
  const result = await run();
  const table = tableOf(result);
  process.stdout.write(`${table}\n`);
  if (values.report) {
    const page = `# P1: acknowledged deliveries, under kills

\`scripts/deliveries --deliveries ${values.deliveries} --every ${values.every} --seed ${seed} --report\`, written by that
command. Eleven vendors deliver signed webhooks to a gateway process, 30 % of the items 2 to 6 times, all of it in any
order, while the gateway and the Temporal server are killed with SIGKILL and started again. A delivery without a 2xx comes
again. Afterwards Temporal is asked: every item must be with exactly one workflow (its triage, or the incident that folds
what its monitor keeps together), and the history there must have a signal for each acknowledged delivery. No workflow may
be there besides. The promise: 0 lost, 0 twice.

${table}
`;
    writeFileSync(join(installDir, 'docs/results/p1.md'), page);
  }
  process.exitCode = result.found.lost + result.found.double === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
