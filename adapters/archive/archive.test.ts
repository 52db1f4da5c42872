import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewArchiveEntry } from '../../activities/ports-records.js';
import { createFileStore } from '../storage/files.js';
import type { ObjectStore } from '../storage/object-store.js';
import { copyArchive, createArchive } from './archive.js';
import { readArchived } from './chain.js';
import { verifyArchive } from './verify.js';

describe('an archive on disk', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-archive-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('takes one of two entries that want the same place, whole, and refuses the other', async () => {
    const archive = createArchive(directory);
    let other: unknown;
    const meanwhile = async () => {
      other = await archive.append(entry('quick'));
      return Buffer.from('slow');
    };
    expect(await archive.append(entry('slow', new Map([['status.json', meanwhile]])))).toBeNull();
    expect(other).toMatchObject({ seq: 1, runId: 'quick' });
    expect(readdirSync(join(directory, 'X-1'))).toEqual(['0001']);
    expect(await archive.append(entry('slow'))).toMatchObject({ seq: 2, runId: 'slow' });
    expect((await archive.entries('X-1')).map(({ runId }) => runId)).toEqual(['quick', 'slow']);
  });

  it('takes a run once, also when it was archived by another since the caller looked', async () => {
    const archive = createArchive(directory);
    expect(await archive.append(entry('run-1'))).toMatchObject({ seq: 1 });
    expect(await archive.append(entry('run-1'))).toBeNull();
    expect(await archive.entries('X-1')).toHaveLength(1);
  });

  it('notices an entry that another was put in the place of', async () => {
    const archive = createArchive(directory);
    await archive.append(entry('one'));
    await archive.append(entry('two'));
    const forged = join(directory, 'forged');
    await createArchive(forged).append(entry('forged'));
    rmSync(join(directory, 'X-1', '0001'), { recursive: true });
    renameSync(join(forged, 'X-1', '0001'), join(directory, 'X-1', '0001'));
    await expect(archive.entries('X-1')).rejects.toThrow('entry 0002 does not follow the one before it');
  });

  it('leaves nothing of an entry that could not be written', async () => {
    const archive = createArchive(directory);
    const broken = async () => Promise.reject(new Error('the blob is damaged'));
    await expect(archive.append(entry('one', new Map([['blobs/x', broken]])))).rejects.toThrow('damaged');
    expect(readdirSync(join(directory, 'X-1'))).toEqual([]);
    expect(await archive.entries('X-1')).toEqual([]);
  });

  it('passes by what a writer that was killed left behind', async () => {
    const left = join(directory, 'X-1', '.0b81596c.partial');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'manifest.json'), '{"seq": 1');
    const archive = createArchive(directory);
    expect(await archive.append(entry('one'))).toMatchObject({ seq: 1 });
    expect(await archive.entries('X-1')).toHaveLength(1);
  });

  it.each(['../X-1', '', '.', 'a/b', '/etc'])('never leaves its directory for an item called %j', async (item) => {
    await expect(createArchive(directory).append({ ...entry('one'), item })).rejects.toThrow('was refused');
  });

  it.each(['../../x', 'blobs/../../x', '/x', 'a/b/c'])('never writes a file called %j', async (name) => {
    const file = async () => Buffer.from('x');
    await expect(createArchive(directory).append(entry('one', new Map([[name, file]])))).rejects.toThrow('was refused');
    expect(readdirSync(directory, { recursive: true })).toEqual(['X-1']);
  });
});

describe('an archive that machines share', () => {
  let directory: string;
  let store: ObjectStore;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-archive-'));
    store = createFileStore(join(directory, 'store'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('takes one of two entries that want the same place, and spoils nothing of it for the other', async () => {
    const [here, there] = [createArchive(store), createArchive(store)];
    const said = (text: string) => new Map([['status.json', async () => Buffer.from(text)]]);
    const both = await Promise.all([here.append(entry('one', said('1'))), there.append(entry('two', said('2')))]);
    const winner = both.find((manifest) => manifest !== null);
    expect(both.filter((manifest) => manifest !== null)).toHaveLength(1);
    const loser = winner?.runId === 'one' ? 'two' : 'one';
    expect(await there.append(entry(loser, said('late')))).toMatchObject({ seq: 2, runId: loser });
    expect(await here.append(entry(loser, said('again')))).toBeNull();
    const manifests = await here.entries('X-1');
    expect(manifests.map(({ runId }) => runId)).toEqual([winner?.runId, loser]);
    const contents = await Promise.all(manifests.map((manifest) => readArchived(store, manifest, 'status.json')));
    expect(contents.map(String)).toEqual([winner?.runId === 'one' ? '1' : '2', 'late']);
  });

  it('notices a file that is gone or was changed, and an entry in the place of another', async () => {
    const archive = createArchive(store);
    const manifest = await archive.append(entry('one', new Map([['a', async () => Buffer.from('a')]])));
    const other = await archive.append(entry('two'));
    if (!manifest || !other) throw new Error('not archived');
    const file = `X-1/files/${manifest.files[0]?.sha256}`;
    await store.put(file, Buffer.from('b'));
    await expect(readArchived(store, manifest, 'a')).rejects.toThrow('not those that were archived');
    await store.remove(file);
    await expect(readArchived(store, manifest, 'a')).rejects.toThrow('it is gone');
    await store.put('X-1/entries/0001/manifest.json', Buffer.from(JSON.stringify({ ...manifest, runId: 'forged' })));
    await expect(archive.entries('X-1')).rejects.toThrow('does not follow the one before it');
  });

  it('is copied into a directory that a stranger can verify, and only what is new', async () => {
    const archive = createArchive(store);
    const copy = join(directory, 'copy');
    await archive.append(entry('one', new Map([['status.json', async () => Buffer.from('{}')]])));
    expect(await copyArchive(store, copy)).toBe(1);
    await archive.append(entry('two'));
    expect(await copyArchive(store, copy)).toBe(1);
    expect(await copyArchive(store, copy)).toBe(0);
    expect(await createArchive(copy).entries('X-1')).toEqual(await archive.entries('X-1'));
    expect((await verifyArchive(copy)).problems).toEqual([]);
    writeFileSync(join(copy, 'X-1/0001/status.json'), '[]');
    expect((await verifyArchive(copy)).problems).not.toEqual([]);
  });
});

function entry(runId: string, files: NewArchiveEntry['files'] = new Map()): NewArchiveEntry {
  const missing = { histories: [], blobs: [] };
  return {
    ...{ item: 'X-1', workflowId: 'mission/X-1', runId, first: runId, histories: [], missing, commits: [], files },
  };
}
