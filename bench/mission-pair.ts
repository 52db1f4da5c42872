import { WorkflowNotFoundError } from '@temporalio/client';
import type { EncryptionSettings } from '../schemas/encryption.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { type AllActivities, changeTask, planOf, workItem } from '../test/workflows/stubs.js';
import type { BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { type Row, ratioRow, type Target } from './row.js';
import { type BenchServer, missionQueues, startBenchServer } from './server.js';

// The same mission on two servers side by side, with and without what is to be measured.

const TASKS = 8;

export interface Side {
  readonly encryption?: EncryptionSettings;
  readonly activities?: Partial<AllActivities>;
}

export interface MissionPair {
  readonly context: BenchContext;
  /** `with / without`. */
  readonly name: string;
  readonly ours: Side;
  readonly baseline: Side;
  readonly time: Target;
  readonly bytes?: Target;
}

/** Until the mission and its archive have ended, and the bytes of the histories of it and its tasks. */
export async function missionPair({ context, name, time, bytes, ...sides }: MissionPair): Promise<Row[]> {
  const changes = Array.from({ length: TASKS }, (_, n) => changeTask(`task-${n}`));
  const planMission = async ({ version }: { readonly version: number }) => ({
    plan: planOf(version, changes),
    hash: 'hash',
  });
  const start = ({ encryption }: Side, side: string) =>
    startBenchServer({ context, name: `${name.replace(/\W+/g, '-')}-${side}`, ...(encryption && { encryption }) });
  const queues = ({ encryption, activities }: Side) =>
    missionQueues(context, { planMission, ...activities }, encryption);
  const [ours, baseline] = [await start(sides.ours, 'ours'), await start(sides.baseline, 'baseline')];
  try {
    const [with_, without] = [await queues(sides.ours), await queues(sides.baseline)];
    const runs = await ours.working(with_, () =>
      baseline.working(without, () =>
        inTurns({
          ...{ repetitions: context.quick ? 3 : 12, warmUps: 2 },
          ours: (n) => runMission(ours, n),
          baseline: (n) => runMission(baseline, n),
        }),
      ),
    );
    const row = `mission of ${TASKS + 2} no-op tasks: ${name}`;
    const figures = (of: keyof Run) => ({
      ours: runs.ours.map((run) => run[of]),
      baseline: runs.baseline.map((run) => run[of]),
    });
    const rows = [ratioRow({ name: row, unit: 'ms', ...figures('ms'), target: time })];
    if (bytes) rows.push(ratioRow({ name: `${row}, history`, unit: 'bytes', ...figures('bytes'), target: bytes }));
    return rows;
  } finally {
    await Promise.all([ours.close(), baseline.close()]);
  }
}

interface Run {
  readonly ms: number;
  readonly bytes: number;
}

async function runMission({ client }: BenchServer, n: number): Promise<Run> {
  const item = workItem(`PAIR-${n}`);
  const id = workflowId.mission(item.key);
  const ms = await timed(async () => {
    const args = [{ item, attempt: 1 }];
    const mission = await client.workflow.start('mission', { taskQueue: TASK_QUEUE, workflowId: id, args });
    await mission.result();
    await client.workflow
      .getHandle(workflowId.archive(item.key, mission.firstExecutionRunId))
      .result()
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
  });
  const ids = [id, ...Array.from({ length: TASKS }, (_, task) => workflowId.task(item.key, `task-${task}`))];
  const sizes = await Promise.all(ids.map((one) => client.workflow.getHandle(one).describe()));
  return { ms, bytes: sizes.reduce((sum, { historySize }) => sum + (historySize ?? 0), 0) };
}
