import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { missionStatus } from '../../workflows/messages.js';
import type { Bench } from '../context.js';
import { processorTime } from '../processor-time.js';
import { countRow, type Row } from '../row.js';
import { missionOf, parkedItem, type Scripted, startScripted } from './scripted.js';

/** More would be truer and take minutes: on Node 20 each costs more, the more there are. */
const MISSIONS = 200;
/** A worker's heap and pools grow with its first missions, whatever comes after. */
const WARM_UP = 20;
const SETTLE_MS = 5_000;
const PARK_MS = 5 * 60_000;
const KIB = 400;

/** What missions cost the one worker that has them all, while they wait for somebody's answer. */
export const parked: Bench = {
  name: 'parked',
  async run(context) {
    const scripted = await startScripted(context, 'parked');
    try {
      return await park(scripted, context.quick ? MISSIONS / 10 : MISSIONS);
    } finally {
      await scripted.close();
    }
  },
};

async function park(scripted: Scripted, missions: number): Promise<Row[]> {
  const { pid } = scripted.worker.child;
  const before = residentKiB(pid);
  if (before === undefined) return [];
  await start(scripted, 'WARM', WARM_UP);
  const from = await settled(pid);
  await start(scripted, 'PARKED', missions);
  const to = await settled(pid);
  const idle = await share(pid);
  return [
    countRow({
      name: `worker memory of each of ${missions} missions that wait`,
      ...{ unit: 'KiB', counts: [(to - from) / missions], target: { atMost: KIB } },
    }),
    countRow({
      name: `processor time of a worker with ${missions + WARM_UP} of them`,
      unit: '% of a core',
      counts: [idle],
    }),
  ];
}

/** Resolves when the planner of each has asked. Nothing is queried: that would be work that waiting is not. */
async function start({ installation: { client }, models }: Scripted, prefix: string, missions: number): Promise<void> {
  const before = models.requests.length;
  const items = Array.from({ length: missions }, (_, n) => parkedItem(`${prefix}-${n}`));
  await Promise.all(items.map((item) => client.workflow.start('mission', missionOf(item))));
  const deadline = Date.now() + PARK_MS;
  while (models.requests.length - before < missions) {
    if (Date.now() > deadline) throw new Error(`${missions} missions did not get to their question in time`);
    await sleep(100);
  }
  const last = client.workflow.getHandle(missionOf(parkedItem(`${prefix}-${missions - 1}`)).workflowId);
  while (!(await last.query(missionStatus)).waitingOn) await sleep(100);
}

/** The least of some seconds: what is collected later was garbage. */
async function settled(pid: number): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < 10; n++) {
    await sleep(SETTLE_MS / 10);
    samples.push(residentKiB(pid) ?? 0);
  }
  return Math.min(...samples);
}

async function share(pid: number): Promise<number> {
  const used = () => (processorTime(pid) ?? 0) - (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  const before = used();
  await sleep(SETTLE_MS);
  return (Math.max(0, used() - before) / SETTLE_MS) * 100;
}

/** Linux only: undefined elsewhere. */
function residentKiB(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
