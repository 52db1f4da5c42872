import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EffectEntry } from '../../schemas/effect.js';
import { createEffectLedger } from './effects.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-effect-ledger-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const line = {
  kind: 'comment',
  key: 'comment mission/A-1/1/start',
  content: 'a'.repeat(64),
  by: 'mission/A-1 0a1b/7',
  scheduledAt: 1_790_000_000_000,
  attempt: 1,
} as const;
const intended: EffectEntry = {
  ...line,
  step: 'intended',
  at: '2026-11-21T10:00:00.000Z',
  until: '2026-11-21T10:00:10.000Z',
  mark: 'before',
};
const made = { ...line, step: 'done', at: '2026-11-21T10:00:01.000Z', already: false } as const;
const done: EffectEntry = { ...made, trace: 'c-1' };

describe('the ledger of effects', () => {
  it('tells what was intended and what was done, oldest first, to every process', async () => {
    await createEffectLedger(directory).append(done);
    await createEffectLedger(directory).append(intended);
    await createEffectLedger(directory).append({ ...done, key: 'comment mission/A-1/1/end' });
    expect(await createEffectLedger(directory).read(line.key)).toEqual([intended, done]);
    expect(await createEffectLedger(directory).read('comment of nobody')).toEqual([]);
  });

  it('keeps what an attempt said when the activity is reset and its attempts are numbered anew', async () => {
    const ledger = createEffectLedger(directory);
    await ledger.append(intended);
    await ledger.append({ ...intended, scheduledAt: line.scheduledAt + 1, at: '2026-11-21T11:00:00.000Z' });
    expect(await ledger.read(line.key)).toHaveLength(2);
  });

  it('never changes an entry', async () => {
    const ledger = createEffectLedger(directory);
    await ledger.append(done);
    await expect(ledger.append({ ...made, trace: 'c-2' })).rejects.toThrow('has another entry already');
    expect(await ledger.read(line.key)).toEqual([done]);
  });

  it('does not take a damaged entry for one that is not there', async () => {
    const ledger = createEffectLedger(directory);
    await ledger.append(done);
    const [name] = (await readdir(directory, { recursive: true })).filter((file) => file.endsWith('.json'));
    await writeFile(join(directory, name ?? ''), '{"half');
    await expect(ledger.read(line.key)).rejects.toThrow('restore');
  });
});
