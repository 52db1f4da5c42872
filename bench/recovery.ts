import { readRuns } from '../chaos/steps.js';
import type { WorkerProcess } from '../test/processes.js';
import type { Bench } from './context.js';
import { inTurns, timed } from './measure.js';
import { countRow, type Row, ratioRow } from './row.js';
import { planned, runShaped, type Scripted, startScripted } from './turns/scripted.js';

const SHAPE = { turns: 30, tools: 3 };
const HALF = SHAPE.turns / 2;
/** Of steps of one agent: it has one under way at a time. */
const TARGET = { atMost: 1 };

/** What SIGKILL of the only worker costs a mission, when it is started again at once. */
export const recovery: Bench = {
  name: 'recovery',
  async run(context) {
    const scripted = await startScripted(context, 'recovery');
    try {
      return await measure(scripted, context.quick ? 1 : 5);
    } finally {
      await scripted.close();
    }
  },
};

async function measure(scripted: Scripted, repetitions: number): Promise<Row[]> {
  const { installation, models } = scripted;
  let { worker } = scripted;
  let killAt = '';
  let next: Promise<WorkerProcess> | undefined;
  models.script((call) => {
    const brief = call.messages[0]?.texts.join('\n') ?? '';
    // In the middle of a call: its answer finds nobody.
    if (killAt !== '' && call.turn === HALF && call.system.includes('Role: coder') && brief.includes(killAt)) {
      next ??= worker.kill().then(() => installation.startWorker(`after-${killAt}`));
    }
    return planned(call);
  });
  const killed = async (n: number) => {
    const name = `KILLED-${n}`;
    [killAt, next] = [name, undefined];
    const ms = await timed(() => runShaped(scripted, { ...SHAPE, name }));
    if (!next) throw new Error('the worker was to be killed half-way');
    worker = await next;
    killAt = '';
    return { ms, redone: await redoneIn(scripted, name) };
  };
  const undisturbed = async (n: number) => {
    const ms = await timed(() => runShaped(scripted, { ...SHAPE, name: `WHOLE-${n}` }));
    return { ms, redone: 0 };
  };
  const { ours, baseline } = await inTurns({ repetitions, warmUps: 1, ours: killed, baseline: undisturbed });
  return [
    ratioRow({
      name: `mission of ${SHAPE.turns} turns, its worker killed half-way and started again / the same undisturbed`,
      ...{ unit: 'ms', ours: ours.map(({ ms }) => ms), baseline: baseline.map(({ ms }) => ms) },
    }),
    countRow({
      name: 'time that one kill -9 costs the mission: until its worker is back and has gone on',
      ...{ unit: 'ms', counts: ours.map(({ ms }, n) => ms - (baseline[n]?.ms ?? 0)) },
    }),
    countRow({
      name: 'steps redone per kill',
      ...{ unit: 'steps', counts: ours.map(({ redone }) => redone), target: TARGET },
    }),
  ];
}

/** Steps of the mission and of all that belongs to it that were begun again. */
async function redoneIn({ installation }: Scripted, name: string): Promise<number> {
  const runs = (await readRuns(installation.client)).filter(({ workflow }) => workflow.split('/').includes(name));
  const steps = runs.flatMap((run) => run.steps);
  return steps.reduce((sum, { attempts, end }) => sum + Math.max(0, attempts - 1) + (end === 'timed-out' ? 1 : 0), 0);
}
