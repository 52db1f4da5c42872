import { setTimeout as sleep } from 'node:timers/promises';
import { SANDBOX_QUEUE, TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import { missionPriority } from '../schemas/priority.js';
import { changeTask, planOf, workItem } from '../test/workflows/stubs.js';
import type { Bench, BenchContext } from './context.js';
import { timed } from './measure.js';
import { countRow, type Row, ratioRow } from './row.js';
import { type BenchServer, missionQueues, startBenchServer } from './server.js';

const MISSIONS = 500;
/** Of each hundred missions: those of the repository that has few. */
const FEW = 4;
/** Of a worker, as its configuration has it; and one in which not all fit. */
const CACHES = [500, 100];
const SANDBOXES = 4;
const STEP_MS = 20;

/** Many missions at once on one worker, those of one busy repository and those of a quiet one, which came last. */
export const load: Bench = {
  name: 'load',
  async run(context) {
    const missions = context.quick ? MISSIONS / 10 : MISSIONS;
    const rows: Row[] = [];
    for (const cache of CACHES) rows.push(...(await once(context, missions, cache)));
    return rows;
  },
};

async function once(context: BenchContext, missions: number, cache: number): Promise<readonly Row[]> {
  const planMission = async ({ version }: { readonly version: number }) => ({
    plan: planOf(version, [changeTask('one')]),
    hash: 'hash',
  });
  const prepareRepo = async () => {
    await sleep(STEP_MS);
    return { layers: 0 };
  };
  const server = await startBenchServer({ context, name: `load-${cache}` });
  try {
    const queues = (await missionQueues(context, { planMission, prepareRepo })).map((queue) => ({
      ...queue,
      ...(queue.taskQueue === TASK_QUEUE && { maxCachedWorkflows: cache }),
      ...(queue.taskQueue.startsWith(SANDBOX_QUEUE) && { maxConcurrentActivityTaskExecutions: SANDBOXES }),
    }));
    return await server.working(queues, () => crowd(server, missions, cache));
  } finally {
    await server.close();
  }
}

async function crowd(server: BenchServer, missions: number, cache: number): Promise<readonly Row[]> {
  const alone: number[] = [];
  for (let n = 0; n < 4; n++) alone.push(await timed(() => run(server, `ALONE-${n}`, 'alone')));
  const few = Math.max(1, (missions * FEW) / 100);
  const before = process.memoryUsage().rss;
  let peak = before;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 100);
  const from = performance.now();
  const ended = async (key: string, repo: string) => {
    await run(server, key, repo);
    return performance.now() - from;
  };
  const [busy, quiet] = await Promise.all([
    Promise.all(Array.from({ length: missions - few }, (_, n) => ended(`BUSY-${n}`, 'busy'))),
    Promise.all(Array.from({ length: few }, (_, n) => ended(`QUIET-${n}`, 'quiet'))),
  ]);
  clearInterval(watching);
  const all = Math.max(...busy, ...quiet);
  const what = `${missions} missions at once, ${cache} workflows cached`;
  return [
    ratioRow({
      name: `${what}: time for each / for one that is alone`,
      ...{ unit: 'ms', ours: [all / missions], baseline: alone, target: { atMost: 1 } },
    }),
    ratioRow({
      name: `${what}: when a quiet repository has what it wanted / when a busy one has it`,
      ...{ unit: 'ms', ours: [Math.max(...quiet)], baseline: [Math.max(...busy)], target: { atMost: 1 } },
    }),
    countRow({
      name: `${what}: most memory of worker and client together, for each`,
      ...{ unit: 'KiB', counts: [(peak - before) / 1024 / missions] },
    }),
  ];
}

async function run({ client }: BenchServer, key: string, repo: string): Promise<void> {
  const item = workItem(key, { repo });
  const { result, because }: Outcome = await client.workflow.execute('mission', {
    taskQueue: TASK_QUEUE,
    workflowId: workflowId.mission(key),
    args: [{ item, attempt: 1 }],
    priority: missionPriority(item),
    // Hundreds come at once, and the first ones load the code.
    workflowTaskTimeout: '1 minute',
  });
  if (result !== 'shipped') throw new Error(`${key} was to ship, and ended with ${result}: ${because}`);
}
