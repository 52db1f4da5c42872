import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerEntry } from '../../schemas/ledger.js';
import { createFileStore } from '../storage/files.js';
import { createLedger } from './ledger.js';

const entry = (key: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  key,
  at: '2026-03-01T00:00:00.000Z',
  repo: 'parcels',
  item: 'PAR-1',
  node: 'fix',
  role: 'coder',
  kind: 'bug',
  model: 'acme/small',
  result: 'passed',
  cost: { usd: 0.01, usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 } },
  turns: 3,
  durationMs: 1000,
  ...more,
});
const keysOf = (entries: readonly LedgerEntry[]) => entries.map(({ key }) => key);

describe('ledger', () => {
  const directories: string[] = [];
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ledger-'));
    directories.push(directory);
  });
  afterAll(() => Promise.all(directories.map((one) => rm(one, { recursive: true }))));

  it('is empty for a repo that nothing is known of', async () => {
    expect(await createLedger(join(directory, 'not-made')).read('parcels')).toEqual([]);
  });

  it('gives back what was appended, in order, by repo, also to another process', async () => {
    const ledger = createLedger(directory);
    await ledger.append(entry('a'));
    await ledger.append(entry('b', { cost: { usd: null, usage: entry('b').cost.usage } }));
    await ledger.append(entry('c', { repo: 'rates' }));
    expect(await createLedger(directory).read('parcels')).toEqual([
      entry('a'),
      entry('b', { cost: { usd: null, usage: entry('b').cost.usage } }),
    ]);
    expect(keysOf(await ledger.read('rates'))).toEqual(['c']);
  });

  it('counts an attempt once, however often it is told', async () => {
    const ledger = createLedger(directory);
    await Promise.all(['a', 'a', 'a'].map((key) => ledger.append(entry(key))));
    await ledger.append(entry('a', { result: 'failed' }));
    expect(await ledger.read('parcels')).toEqual([entry('a')]);
  });

  it('refuses an entry that does not fit, and keeps nothing of it', async () => {
    const ledger = createLedger(directory);
    await expect(ledger.append({ ...entry('a'), turns: -1 })).rejects.toThrow();
    expect(await ledger.read('parcels')).toEqual([]);
  });

  it('loses a line that a crash cut short, and no other one', async () => {
    const ledger = createLedger(directory);
    await ledger.append(entry('a'));
    await ledger.append(entry('b'));
    const file = join(directory, 'parcels.jsonl');
    await truncate(file, (await readFile(file)).length - 20);
    expect(keysOf(await ledger.read('parcels'))).toEqual(['a']);
    await ledger.append(entry('c'));
    await appendFile(file, '\n{"key":"not an entry"}\n\0\0\0');
    await ledger.append(entry('b'));
    expect(keysOf(await ledger.read('parcels'))).toEqual(['a', 'c', 'b']);
  });

  it('keeps repos apart whatever their names are', async () => {
    const ledger = createLedger(directory);
    await ledger.append(entry('a', { repo: '../up/and%2Faway' }));
    expect(await readdir(directory)).toEqual(['..%2Fup%2Fand%252Faway.jsonl']);
    expect(keysOf(await ledger.read('../up/and%2Faway'))).toEqual(['a']);
  });

  it('is shared by machines where there is an object store: the first that tells an attempt is who told it', async () => {
    const [here, there] = [createLedger(createFileStore(directory)), createLedger(createFileStore(directory))];
    await here.append(entry('b', { at: '2026-03-02T00:00:00.000Z' }));
    await Promise.all([here.append(entry('a', { node: 'here' })), there.append(entry('a', { node: 'there' }))]);
    await there.append(entry('c', { repo: '../parcels' }));
    expect(keysOf(await here.read('parcels'))).toEqual(['a', 'b']);
    expect(await there.read('parcels')).toEqual(await here.read('parcels'));
    await there.append(entry('d', { at: '2026-03-03T00:00:00.000Z' }));
    expect(keysOf(await here.read('parcels'))).toEqual(['a', 'b', 'd']);
    expect(keysOf(await here.read('../parcels'))).toEqual(['c']);
    expect(await readdir(directory)).toEqual(['%2E%2E%2Fparcels', 'parcels']);
  });

  it('loses nothing when two processes append at the same time', async () => {
    const built = pathToFileURL(join(process.cwd(), 'dist/adapters/ledger/ledger.js')).href;
    const program = join(directory, 'append.mjs');
    await writeFile(
      program,
      `import { createLedger } from ${JSON.stringify(built)};
       const { directory, entry, name } = JSON.parse(process.argv[2]);
       const ledger = createLedger(directory);
       // Long enough that a write in parts would be seen.
       const node = 'n'.repeat(20_000);
       await Promise.all(Array.from({ length: 100 }, (_, n) => ledger.append({ ...entry, node, key: name + n })));`,
    );
    const start = (name: string) =>
      spawn(process.execPath, [program, JSON.stringify({ directory, entry: entry(name), name })], { stdio: 'inherit' });
    const ends = await Promise.all(['one-', 'two-'].map(async (name) => (await once(start(name), 'exit'))[0]));
    expect(ends).toEqual([0, 0]);
    const keys = keysOf(await createLedger(directory).read('parcels'));
    expect(keys).toHaveLength(200);
    expect(new Set(keys).size).toBe(200);
  });
});
