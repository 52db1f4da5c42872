import type { Bench, BenchContext } from '../context.js';
import { inTurns } from '../measure.js';
import { countRow, type Row } from '../row.js';
import { createBare } from './bare.js';
import { cacheRows } from './cache.js';
import { runShaped, type Scripted, startScripted, taskHandle } from './scripted.js';

const TURNS = [1, 10, 100] as const;
const TOOLS = [1, 3, 10] as const;
/** Of one turn, whatever it did and however many came before it. */
const TARGET = { events: { atMost: 12.5 }, bytes: { atMost: 2_048 } };
const TIMED = { turns: 30, tools: 3 };

/** What a turn of an agent leaves in the history and costs beyond its call of the model and its tools. */
export const turns: Bench = {
  name: 'turns',
  async run(context) {
    const scripted = await startScripted(context, 'turns');
    try {
      return [
        ...(await historyRows(context, scripted)),
        await overhead(context, scripted),
        ...(await cacheRows(scripted)),
      ];
    } finally {
      await scripted.close();
    }
  },
};

interface Size {
  readonly events: number;
  readonly bytes: number;
}

/** As the server counts them. A task by itself costs something too: turns are the difference between two lengths. */
async function historyRows({ quick }: BenchContext, scripted: Scripted): Promise<Row[]> {
  const lengths = quick ? TURNS.slice(0, 2) : TURNS;
  const rows: Row[] = [];
  for (const tools of TOOLS) {
    const sizes: Size[] = [];
    for (const turns of lengths) sizes.push(await sizeOf(scripted, { turns, tools }));
    for (const unit of ['events', 'bytes'] as const) {
      for (const [n, to] of lengths.slice(1).entries()) {
        const [from = 0, before = 0, after = 0] = [lengths[n], sizes[n]?.[unit], sizes[n + 1]?.[unit]];
        const name = `history of a turn with ${tools} tool${tools === 1 ? '' : 's'}, turns ${from + 1} to ${to}`;
        rows.push(countRow({ name, unit, counts: [(after - before) / (to - from)], target: TARGET[unit] }));
      }
    }
  }
  return rows;
}

async function sizeOf(scripted: Scripted, given: { readonly turns: number; readonly tools: number }): Promise<Size> {
  const shape = { ...given, name: `SIZE-${given.turns}-${given.tools}` };
  await runShaped(scripted, shape);
  const { historyLength, historySize } = await taskHandle(scripted, shape).describe();
  if (historySize === undefined) throw new Error('expected a server that tells the size of a history');
  return { events: historyLength, bytes: historySize };
}

/** Milliseconds that a turn takes longer in a mission than the same two activities called one after the other. */
async function overhead(context: BenchContext, scripted: Scripted): Promise<Row> {
  const bare = await createBare({ env: scripted.installation.env, directory: `${context.directory}/turns/bare` });
  const { ours, baseline } = await inTurns({
    repetitions: context.quick ? 1 : 3,
    warmUps: 1,
    ours: async (n) => {
      const shape = { ...TIMED, name: `TIMED-${n}` };
      await runShaped(scripted, shape);
      return turnMs(scripted, shape);
    },
    baseline: async (n) => bare.turnMs({ ...TIMED, name: `BARE-${n}` }),
  });
  await bare.close();
  const counts = ours.map((ms, n) => ms - (baseline[n] ?? 0));
  return countRow({ name: `a turn with ${TIMED.tools} tools beyond its bare calls`, unit: 'ms', counts });
}

/** Mean of the turns after the first, which makes the workspace. */
async function turnMs(scripted: Scripted, shape: Parameters<typeof taskHandle>[1]): Promise<number> {
  const { events } = await taskHandle(scripted, shape).fetchHistory();
  const begun = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, eventTime }) =>
    scheduled?.activityType?.name === 'callModel'
      ? [Number(eventTime?.seconds) * 1000 + Number(eventTime?.nanos) / 1e6]
      : [],
  );
  const [first, last] = [begun[1], begun.at(-1)];
  if (first === undefined || last === undefined) throw new Error('expected several turns in the history');
  return (last - first) / (begun.length - 2);
}
