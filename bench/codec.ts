import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import type { EncryptionSettings } from '../schemas/encryption.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { changeTask, planOf, workItem } from '../test/workflows/stubs.js';
import type { Bench, BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { type Row, ratioRow } from './row.js';
import { type BenchServer, missionQueues, startBenchServer } from './server.js';

const SIZES = [1, 16, 256];
const TASKS = 8;
const TIME = { atMost: 1.15 };
const BYTES = { atMost: 1.25 };

/** What encryption costs: a payload there and back, and a mission of no-op tasks with and without. */
export const codec: Bench = {
  name: 'codec',
  async run(context) {
    const directory = join(context.directory, 'codec');
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'key');
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
    const encryption: EncryptionSettings = { current: 'bench', keys: [{ id: 'bench', file }] };
    return [...(await payloads(context, encryption)), ...(await missions(context, encryption))];
  },
};

/** Text as missions have it: words that come again, beside ids that do not. */
function sample(kilobytes: number): unknown {
  const line = () => ({
    path: `src/${randomBytes(4).toString('hex')}.ts`,
    said: 'the total is rounded before the discount',
  });
  const lines = [];
  while (JSON.stringify(lines).length < kilobytes * 1024) lines.push(line());
  return lines;
}

async function payloads({ quick }: BenchContext, encryption: EncryptionSettings): Promise<Row[]> {
  const secret = createPayloadCodec(encryption);
  const rows: Row[] = [];
  for (const size of SIZES) {
    const value = sample(size);
    const rounds = Math.ceil((quick ? 512 : 4096) / size);
    const { ours, baseline } = await inTurns({
      ...{ repetitions: quick ? 3 : 15, warmUps: 2 },
      ours: () => each(rounds, async () => there(value, await secret.encode([payloadOf(value)]), secret.decode)),
      baseline: () => each(rounds, async () => there(value, [payloadOf(value)], async (same) => same)),
    });
    const name = `payload of ${size} kB to its bytes and back: encrypted / plain`;
    rows.push(ratioRow({ name, unit: 'ms', ours, baseline }));
  }
  return rows;
}

function payloadOf(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value) as Payload;
}

async function there(value: unknown, payloads: Payload[], decode: (payloads: Payload[]) => Promise<Payload[]>) {
  const [back] = await decode(payloads);
  const length = (back && defaultPayloadConverter.fromPayload<unknown[]>(back))?.length;
  if (length !== (value as unknown[]).length) throw new Error('a payload did not come back as it was');
}

/** Milliseconds of one. */
async function each(rounds: number, work: () => Promise<void>): Promise<number> {
  const all = await timed(async () => {
    for (let round = 0; round < rounds; round++) await work();
  });
  return all / rounds;
}

async function missions(context: BenchContext, encryption: EncryptionSettings): Promise<Row[]> {
  const changes = Array.from({ length: TASKS }, (_, n) => changeTask(`task-${n}`));
  const planMission = async ({ version }: { readonly version: number }) => ({
    plan: planOf(version, changes),
    hash: 'h',
  });
  const encrypted = await startBenchServer({ context, name: 'codec-encrypted', encryption });
  const plain = await startBenchServer({ context, name: 'codec-plain' });
  try {
    const queues = await missionQueues(context, { planMission }, encryption);
    const others = await missionQueues(context, { planMission });
    return await encrypted.working(queues, () => plain.working(others, () => compare(context, { encrypted, plain })));
  } finally {
    await Promise.all([encrypted.close(), plain.close()]);
  }
}

interface Servers {
  readonly encrypted: BenchServer;
  readonly plain: BenchServer;
}

async function compare({ quick }: BenchContext, { encrypted, plain }: Servers): Promise<Row[]> {
  const { ours, baseline } = await inTurns({
    ...{ repetitions: quick ? 3 : 12, warmUps: 2 },
    ours: (n) => runMission(encrypted, n),
    baseline: (n) => runMission(plain, n),
  });
  const name = `mission of ${TASKS + 2} no-op tasks: encrypted / plain`;
  const ms = (runs: readonly Run[]) => runs.map((run) => run.ms);
  const bytes = (runs: readonly Run[]) => runs.map((run) => run.bytes);
  return [
    ratioRow({ name, unit: 'ms', ours: ms(ours), baseline: ms(baseline), target: TIME }),
    ratioRow({ name: `${name}, history`, unit: 'bytes', ours: bytes(ours), baseline: bytes(baseline), target: BYTES }),
  ];
}

interface Run {
  readonly ms: number;
  /** Of the histories of the mission and its tasks. */
  readonly bytes: number;
}

async function runMission({ client }: BenchServer, n: number): Promise<Run> {
  const item = workItem(`CODEC-${n}`);
  const id = workflowId.mission(item.key);
  const args = [{ item, attempt: 1 }];
  const ms = await timed(() => client.workflow.execute('mission', { taskQueue: TASK_QUEUE, workflowId: id, args }));
  const ids = [id, ...Array.from({ length: TASKS }, (_, task) => workflowId.task(item.key, `task-${task}`))];
  const sizes = await Promise.all(
    ids.map(async (one) => (await client.workflow.getHandle(one).describe()).historySize ?? 0),
  );
  return { ms, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
