import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import { changeTask, planOf, workItem } from '../test/workflows/stubs.js';
import type { Bench, BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { processorTime } from './processor-time.js';
import { type Row, ratioRow } from './row.js';
import { BARE_QUEUE, type BenchServer, missionQueues, startBenchServer } from './server.js';
import { startedBy } from './started-by.js';

const TASKS = 8;
const TARGET = { atMost: 1.15 };

/** What a mission costs beyond its steps: tasks that take no time, against a bare workflow with the same steps. */
export const orchestration: Bench = {
  name: 'orchestration',
  async run(context) {
    const changes = Array.from({ length: TASKS }, (_, n) => changeTask(`task-${n}`));
    const planMission = async ({ version }: { readonly version: number }) => ({
      plan: planOf(version, changes),
      hash: 'hash',
    });
    const server = await startBenchServer({ context, name: 'orchestration' });
    try {
      const queues = await missionQueues(context, { planMission });
      return await server.working(queues, () => compare(context, server));
    } finally {
      await server.close();
    }
  },
};

interface Cost {
  readonly wall: number;
  readonly processor: number | undefined;
}

async function compare(context: BenchContext, { client, server }: BenchServer): Promise<Row[]> {
  const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
    const before = processorTime(server.pid);
    const wall = await timed(work);
    const after = processorTime(server.pid);
    return { wall, processor: before !== undefined && after !== undefined ? after - before : undefined };
  };
  const { ours, baseline } = await inTurns<Cost>({
    repetitions: context.quick ? 3 : 12,
    warmUps: 2,
    ours: (n) => costOf(() => runMission({ client, n })),
    baseline: (n) => costOf(() => runBare({ client, n })),
  });
  await sameSteps(client);
  const name = `${TASKS + 2} no-op tasks: mission / bare workflow with the same steps`;
  const wall = (costs: readonly Cost[]) => costs.map((cost) => cost.wall);
  const processor = (costs: readonly Cost[]) => costs.flatMap((cost) => cost.processor ?? []);
  const rows = [ratioRow({ name, unit: 'ms', ours: wall(ours), baseline: wall(baseline), target: TARGET })];
  if (processor(ours).length === 0) return rows;
  const used = { ours: processor(ours), baseline: processor(baseline) };
  return [...rows, ratioRow({ name: `${name}, processor time`, unit: 'ms', ...used, target: TARGET })];
}

interface RunOne {
  readonly client: BenchServer['client'];
  readonly n: number;
}

async function runMission({ client, n }: RunOne): Promise<void> {
  const item = workItem(`BENCH-${n}`);
  const id = workflowId.mission(item.key);
  const args = [{ item, attempt: 1 }];
  const { result, because }: Outcome = await client.workflow.execute('mission', {
    taskQueue: TASK_QUEUE,
    workflowId: id,
    args,
  });
  if (result !== 'shipped') throw new Error(`the mission was to ship, and ended with ${result}: ${because}`);
}

async function runBare({ client, n }: RunOne): Promise<void> {
  const item = workItem(`BARE-${n}`);
  await client.workflow.execute('bareMission', {
    taskQueue: BARE_QUEUE,
    workflowId: `bare/${item.key}`,
    args: [{ item }],
  });
}

/** What a mission does for more than its steps: it takes its turn to merge, and is archived. All of it is its cost here. */
const BEYOND = ['archiveRun', 'askForTurn', 'child'];

/** The comparison is fair only as long as both do the same: a mission that changes takes the bare one along. */
async function sameSteps(client: BenchServer['client']): Promise<void> {
  const ours = await startedBy({ client, workflow: workflowId.mission('BENCH-0') });
  const bare = await startedBy({ client, workflow: 'bare/BARE-0' });
  if (ours.join() === [...bare, ...BEYOND].sort().join()) return;
  throw new Error(
    `the bare workflow is not fair: the mission starts ${ours.join(' ')}, the bare one ${bare.join(' ')}`,
  );
}
