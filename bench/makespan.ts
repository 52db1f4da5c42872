import { setTimeout as sleep } from 'node:timers/promises';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import type { PlanTask } from '../schemas/plan.js';
import { type AllActivities, changeTask, id, planOf, stubs, workItem } from '../test/workflows/stubs.js';
import type { Bench } from './context.js';
import { timed } from './measure.js';
import { type Row, ratioRow } from './row.js';
import { type BenchServer, missionQueues, startBenchServer } from './server.js';

const TASK_MS = 2_000;
const LEVELS = 2;
/** As many as a mission runs side by side by default, so that nothing but the DAG makes a task wait. */
const WIDTH = 4;
/** The levels of changes, then integration, then the scenario. */
const CRITICAL_PATH_MS = (LEVELS + 2) * TASK_MS;
const TARGET = { atMost: 1.1 };

/** A DAG of tasks that take 2 s each, against the time that its longest chain takes by itself. */
export const makespan: Bench = {
  name: 'makespan',
  async run(context) {
    const server = await startBenchServer({ context, name: 'makespan' });
    try {
      const queues = await missionQueues(context, slow());
      const spans = await server.working(queues, () => missions(server, context.quick ? 1 : 3));
      return rows(spans);
    } finally {
      await server.close();
    }
  },
};

/** The change of a task takes its time in the search, the tasks after it in their gate. */
function slow(): Partial<AllActivities> {
  const merged = id('merged tree');
  return {
    planMission: async ({ version }) => ({ plan: planOf(version, changes()), hash: 'hash' }),
    repair: async (input) => {
      await sleep(TASK_MS);
      return stubs.repair(input);
    },
    runGate: async (input) => {
      if (input.tree === merged) await sleep(TASK_MS);
      return stubs.runGate(input);
    },
  };
}

/** Every task needs two of the level before it, so that starting one means bringing two changes together. */
function changes(): PlanTask[] {
  const level = (depth: number) =>
    Array.from({ length: WIDTH }, (_, n) => {
      const needs = depth === 0 ? [] : [n, (n + 1) % WIDTH].map((need) => `task-${depth - 1}-${need}`);
      return changeTask(`task-${depth}-${n}`, needs);
    });
  return Array.from({ length: LEVELS }, (_, depth) => level(depth)).flat();
}

interface Spans {
  /** From the start of the first task to the end of the last. */
  readonly dag: number;
  readonly mission: number;
}

async function missions({ client }: BenchServer, repetitions: number): Promise<Spans[]> {
  const spans: Spans[] = [];
  for (let n = 0; n < repetitions; n++) {
    const item = workItem(`SPAN-${n}`);
    let outcome: Outcome | undefined;
    const mission = await timed(async () => {
      const start = { taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item.key), args: [{ item, attempt: 1 }] };
      outcome = await client.workflow.execute('mission', start);
    });
    const running = outcome?.stages.find(({ stage }) => stage === 'running');
    if (outcome?.result !== 'shipped' || !running) throw new Error(`the mission was to ship: ${outcome?.because}`);
    spans.push({ dag: running.ms, mission });
  }
  return spans;
}

function rows(spans: readonly Spans[]): Row[] {
  const baseline = spans.map(() => CRITICAL_PATH_MS);
  const shared = { unit: 'ms', baseline, target: TARGET };
  const tasks = LEVELS * WIDTH + 2;
  return [
    ratioRow({
      ...shared,
      name: `DAG of ${tasks} tasks of 2 s / its critical path`,
      ours: spans.map(({ dag }) => dag),
    }),
    ratioRow({
      ...shared,
      name: 'the whole mission around that DAG / the same critical path',
      ours: spans.map(({ mission }) => mission),
    }),
  ];
}
