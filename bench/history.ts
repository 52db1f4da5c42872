import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import {
  type AllActivities,
  BLOB,
  blueprint,
  changeTask,
  id,
  planOf,
  stubs,
  workItem,
} from '../test/workflows/stubs.js';
import type { TaskInput } from '../workflows/task-context.js';
import type { Bench } from './context.js';
import { countRow, type Row } from './row.js';
import { type BenchServer, missionQueues, startBenchServer } from './server.js';

const TASKS = 8;
const ITERATIONS = 4;
/** Of one turn, whatever it did. */
const TURN = { events: { atMost: 12.5 }, bytes: { atMost: 2_048 } };

/** How much history a task, an iteration and a mission leave behind. Payloads are those of the stubs: small. */
export const history: Bench = {
  name: 'history',
  async run(context) {
    const server = await startBenchServer({ context, name: 'history' });
    try {
      return await server.working(await missionQueues(context, activities()), () => count(server));
    } finally {
      await server.close();
    }
  },
};

function activities(): Partial<AllActivities> {
  const changes = Array.from({ length: TASKS }, (_, n) => changeTask(`task-${n}`));
  return {
    planMission: async ({ version }) => ({ plan: planOf(version, changes), hash: 'hash' }),
    // Where an iteration starts tells which one it is; another tree each time, so that it counts as progress.
    repair: async (input) => ({
      ...(await stubs.repair(input)),
      status: 'plausible',
      ...{ commit: id(`${input.startAt + 1} commit`), tree: id(`${input.startAt + 1} tree`) },
      ...{ candidate: `candidate-${input.startAt + 1}`, index: input.startAt + 1 },
      ...{ summary: 'mended it', confidence: 'high' },
    }),
    runGate: async (input) => {
      const verdict = await stubs.runGate(input);
      const wanted = input.targets.includes('last');
      return wanted && input.tree !== id(`${ITERATIONS} tree`) ? { ...verdict, outcome: 'fail' } : verdict;
    },
  };
}

interface Size {
  readonly events: number;
  readonly bytes: number;
}

async function count(server: BenchServer): Promise<Row[]> {
  const item = workItem('HISTORY-1');
  const id = workflowId.mission(item.key);
  await server.client.workflow.execute('mission', {
    taskQueue: TASK_QUEUE,
    workflowId: id,
    args: [{ item, attempt: 1 }],
  });
  const mission = await sizeOf(server, id);
  const one = await sizeOf(server, workflowId.task(item.key, 'task-0'));
  const long = await longTask(server);
  const turn = (key: keyof Size) => (long[key] - one[key]) / (ITERATIONS - 1);
  const task = (key: keyof Size) => mission[key] / (TASKS + 2);
  return [
    countRow({ name: 'history of a change task that passes in one iteration', unit: 'events', counts: [one.events] }),
    countRow({ name: 'history of a change task that passes in one iteration', unit: 'bytes', counts: [one.bytes] }),
    countRow({ name: 'history of each iteration more', unit: 'events', counts: [turn('events')], target: TURN.events }),
    countRow({ name: 'history of each iteration more', unit: 'bytes', counts: [turn('bytes')], target: TURN.bytes }),
    countRow({
      name: `history of a mission of ${TASKS + 2} tasks, per task`,
      unit: 'events',
      counts: [task('events')],
    }),
    countRow({ name: `history of a mission of ${TASKS + 2} tasks, per task`, unit: 'bytes', counts: [task('bytes')] }),
  ];
}

/** A task by itself, whose gate is red until its last iteration. */
async function longTask(server: BenchServer): Promise<Size> {
  const base = { commit: id('base'), tree: id('base tree') };
  const input: TaskInput = {
    ...{ item: 'HISTORY-2', repo: 'parcels', node: changeTask('long'), near: base.tree, start: base },
    ...{ blueprint, blueprintRef: BLOB },
    ...{ words: 'It does not work.', baseline: {}, targets: { app: ['last'] } },
  };
  const workflow = workflowId.task(input.item, input.node.id);
  const run = { taskQueue: TASK_QUEUE, workflowId: workflow, args: [input] };
  const { state, turns, because } = await server.client.workflow.execute('task', run);
  if (state !== 'passed' || turns.length !== ITERATIONS) {
    throw new Error(`the task was to pass in iteration ${ITERATIONS}, and ${state} in ${turns.length}: ${because}`);
  }
  return sizeOf(server, workflow);
}

async function sizeOf({ client }: BenchServer, workflow: string): Promise<Size> {
  const { historyLength, historySize } = await client.workflow.getHandle(workflow).describe();
  if (historySize === undefined) throw new Error('expected a server that tells the size of a history');
  return { events: historyLength, bytes: historySize };
}
