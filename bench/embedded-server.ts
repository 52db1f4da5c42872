import type { Bench, BenchContext } from './context.js';
import { inTurns } from './measure.js';
import { type Row, ratioRow } from './row.js';
import { BARE_QUEUE, type BenchServer, startBenchServer } from './server.js';

const RUN = { warmUps: 10, steps: 20 };
const OTHER_QUEUE = 'elsewhere';

/** The development server as `signalbox dev` sets it up, against the same program as it comes. */
export const embeddedServer: Bench = {
  name: 'embedded-server',
  async run(context) {
    const tuned = await startBenchServer({ context, name: 'tuned' });
    const stock = await startBenchServer({ context, name: 'stock', tuned: false });
    try {
      return await stepping(context, { tuned, stock });
    } finally {
      await Promise.all([tuned.close(), stock.close()]);
    }
  },
};

interface Servers {
  readonly tuned: BenchServer;
  readonly stock: BenchServer;
}

async function stepping(context: BenchContext, { tuned, stock }: Servers): Promise<Row[]> {
  const workflowBundle = await context.bareBundle();
  const activities = { step: async () => undefined };
  const queues = [
    { taskQueue: BARE_QUEUE, workflowBundle, activities },
    { taskQueue: OTHER_QUEUE, activities },
  ];
  const once = ({ client }: BenchServer, taskQueue: string, n: number): Promise<number> =>
    client.workflow.execute('sequence', {
      taskQueue: BARE_QUEUE,
      workflowId: `sequence/${taskQueue}/${n}`,
      args: [{ ...RUN, taskQueue }],
    });
  const on = async (taskQueue: string, name: string) => {
    const { ours, baseline } = await inTurns({
      repetitions: context.quick ? 2 : 5,
      warmUps: 0,
      ours: (n) => once(tuned, taskQueue, n),
      baseline: (n) => once(stock, taskQueue, n),
    });
    return ratioRow({ name, unit: 'ms', ours, baseline, target: { atMost: 0.2 } });
  };
  const working = async () => [
    await on(OTHER_QUEUE, "sequential step on another worker's queue: embedded server tuned / stock"),
    await on(BARE_QUEUE, 'sequential step on the same worker: embedded server tuned / stock'),
  ];
  return tuned.working(queues, () => stock.working(queues, working));
}
