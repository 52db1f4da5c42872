import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewArchiveEntry } from '../../activities/ports.js';
import { createArchive } from './archive.js';

describe('an archive on disk', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-archive-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function entry(runId: string, files: NewArchiveEntry['files'] = new Map()): NewArchiveEntry {
    const missing = { histories: [], blobs: [] };
    return {
      ...{ item: 'X-1', workflowId: 'mission/X-1', runId, first: runId, histories: [], missing, commits: [], files },
    };
  }

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
