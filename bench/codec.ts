import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import type { EncryptionSettings } from '../schemas/encryption.js';
import type { Bench, BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { missionPair } from './mission-pair.js';
import { type Row, ratioRow } from './row.js';

const SIZES = [1, 16, 256];
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

/** A mission on a server of its own with encrypted payloads, and one beside it, plain. */
function missions(context: BenchContext, encryption: EncryptionSettings): Promise<Row[]> {
  const name = 'encrypted / plain';
  return missionPair({ context, name, ours: { encryption }, baseline: {}, time: TIME, bytes: BYTES });
}
