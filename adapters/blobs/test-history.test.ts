import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestHistory } from '../../activities/ports.js';
import { createFileStore } from '../storage/files.js';
import { createTestHistory } from './test-history.js';

describe('the history of tests', () => {
  let directory: string;
  let history: TestHistory;
  const run = (tree: string, passing: readonly string[], failing: readonly string[] = []) =>
    history.record({ repo: 'app', gate: 'tests', tree, passing, failing });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'history-'));
    history = createTestHistory(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('knows nothing of a test that never failed', async () => {
    await run('t1', ['a', 'b']);
    expect(await history.flakiness('app', 'a')).toEqual({ runs: 0, failed: 0, flakyTrees: 0 });
  });

  it('counts the runs of a test since it first failed, over restarts', async () => {
    await run('t1', ['a'], ['b']);
    await run('t2', ['a', 'b']);
    history = createTestHistory(directory);
    await run('t3', ['a', 'b']);
    expect(await history.flakiness('app', 'b')).toEqual({ runs: 3, failed: 1, flakyTrees: 0 });
    expect(await history.flakiness('other', 'b')).toEqual({ runs: 0, failed: 0, flakyTrees: 0 });
  });

  it('counts the trees on which a test gave both answers', async () => {
    for (const tree of ['t1', 't2']) {
      await run(tree, [], ['b']);
      await run(tree, ['b']);
    }
    await run('t3', [], ['b']);
    expect(await history.flakiness('app', 'b')).toEqual({ runs: 5, failed: 3, flakyTrees: 2 });
  });

  it('is shared by machines where there is an object store, and forgets the oldest there too', async () => {
    const store = createFileStore(directory);
    const elsewhere = createTestHistory(store);
    history = createTestHistory(store);
    await run('t0', [], ['oldest']);
    await run('t1', [], ['b']);
    await elsewhere.record({ repo: 'app', gate: 'tests', tree: 't1', passing: ['a', 'b'], failing: [] });
    expect(await history.flakiness('app', 'b')).toEqual({ runs: 2, failed: 1, flakyTrees: 1 });
    expect(await elsewhere.flakiness('app', 'b')).toEqual({ runs: 2, failed: 1, flakyTrees: 1 });
    const old = JSON.stringify({ gate: 'tests', tree: 't2', passing: [], failing: ['b'] });
    for (let n = 0; n < 1000; n++) await store.create(`app/9999-${String(n).padStart(4, '0')}`, Buffer.from(old));
    await run('t3', [], ['b']);
    expect(await elsewhere.flakiness('app', 'oldest')).toMatchObject({ failed: 0 });
    expect((await store.list('app/')).length).toBeLessThan(600);
  });

  it('goes on after a line that was cut short', async () => {
    await run('t1', [], ['b']);
    await appendFile(join(directory, 'app.jsonl'), '{"gate":"tests","tr\n');
    await run('t2', ['b']);
    expect(await history.flakiness('app', 'b')).toMatchObject({ runs: 2, failed: 1 });
  });

  it('forgets the oldest before it grows without end', async () => {
    await run('t0', [], ['oldest']);
    const many = Array.from({ length: 20_000 }, (_, n) => `test/some.test.ts::a title of some length ${n}`);
    for (let n = 1; n <= 6; n++) await run(`t${n}`, [], many);
    expect((await stat(join(directory, 'app.jsonl'))).size).toBeLessThan(8 * 1024 * 1024);
    expect(await history.flakiness('app', 'oldest')).toMatchObject({ failed: 0 });
    expect((await readFile(join(directory, 'app.jsonl'), 'utf8')).split('\n').at(-2)).toContain('"tree":"t6"');
  });
});
