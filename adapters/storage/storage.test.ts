import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createS3Server, S3_BUCKET, S3_CREDENTIALS, type S3Server } from '../../infra/cluster/s3-server.js';
import { freePort } from '../../infra/ports.js';
import type { S3Settings } from '../../schemas/storage-settings.js';
import { loadConfig } from '../../temporal.config.js';
import { createFileStore } from './files.js';
import { type ObjectStore, within } from './object-store.js';
import { createS3Store } from './s3.js';
import { createStorage } from './storage.js';

// One contract, two places: files of a directory, and a real S3-compatible server. That one is built from Go's module
// proxy and kept in the cache; where it can't be built the tests fail and say what is missing.

const BUILD_MS = 20 * 60_000;
const root = mkdtempSync(join(tmpdir(), 'signalbox-storage-'));
let server: S3Server;
let settings: S3Settings;

beforeAll(async () => {
  const { cacheDir } = loadConfig();
  server = await createS3Server({ cacheDir, directory: root, port: await freePort() });
  await server.part.start();
  settings = {
    ...{ kind: 's3', bucket: S3_BUCKET, prefix: 'test/', region: 'us-east-1', pathStyle: true },
    ...{ endpoint: server.endpoint, credentials: S3_CREDENTIALS },
  };
}, BUILD_MS);
afterAll(async () => {
  await server.part.stop();
  rmSync(root, { recursive: true, force: true });
});

describe.each([
  ['files', (name: string): ObjectStore => createFileStore(join(root, 'files', name))],
  ['S3', (name: string): ObjectStore => within(createS3Store(settings), `${name}/`)],
])('objects in %s', (_kind, open) => {
  it('are there for the next process, byte for byte, until they are removed', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 0]);
    await open('bytes').put('a/b.bin', bytes);
    await open('bytes').put('empty', Buffer.alloc(0));
    expect(await open('bytes').get('a/b.bin')).toEqual(bytes);
    expect(await open('bytes').size('a/b.bin')).toBe(5);
    expect(await open('bytes').get('empty')).toEqual(Buffer.alloc(0));
    await open('bytes').remove('a/b.bin');
    await open('bytes').remove('a/b.bin');
    expect(await open('bytes').get('a/b.bin')).toBeUndefined();
    expect(await open('bytes').size('a/b.bin')).toBeUndefined();
  });

  it('are written over by `put` and never by `create`', async () => {
    const store = open('create');
    expect(await store.create('key', Buffer.from('first'))).toBe(true);
    expect(await store.create('key', Buffer.from('second'))).toBe(false);
    expect((await store.get('key'))?.toString()).toBe('first');
    await store.put('key', Buffer.from('third'));
    expect((await store.get('key'))?.toString()).toBe('third');
  });

  it('say that they were created when an earlier answer was lost', async () => {
    const store = open('again');
    await store.create('key', Buffer.from('mine'));
    expect(await store.create('key', Buffer.from('mine'))).toBe(true);
  });

  it('go to one of many writers at the same time', async () => {
    const writers = Array.from({ length: 20 }, (_, n) => ({ store: open('race'), bytes: Buffer.from(`writer ${n}`) }));
    const won = await Promise.all(writers.map(({ store, bytes }) => store.create('key', bytes)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await open('race').get('key')).toEqual(writers[won.indexOf(true)]?.bytes);
  });

  it('are listed by prefix, all of them, in order', async () => {
    const store = open('list');
    const keys = Array.from({ length: 30 }, (_, n) => `some/${String(n).padStart(2, '0')}`);
    await Promise.all([...keys, 'some-other', 'other/00'].map((key) => store.put(key, Buffer.from(key))));
    expect(await store.list('some/')).toEqual(keys);
    expect(await store.list('some/1')).toEqual(keys.slice(10, 20));
    expect(await store.list('nothing/')).toEqual([]);
    expect(await store.list('')).toHaveLength(32);
  });
});

describe('a file store', () => {
  it('shows nothing of what a killed writer left, and leaves nothing itself', async () => {
    const directory = join(root, 'killed');
    const store = createFileStore(directory);
    await store.create('key', Buffer.from('one'));
    await store.create('key', Buffer.from('two'));
    expect(readdirSync(directory)).toEqual(['key']);
    writeFileSync(join(directory, 'key.0b81.partial'), 'half');
    expect(await store.list('')).toEqual(['key']);
  });
});

describe('an S3 store', () => {
  it('notices bytes that are not those that were stored', async () => {
    const store = createS3Store(settings);
    await store.put('damaged', Buffer.from('precious'));
    writeFileSync(join(root, 's3', S3_BUCKET, 'test/damaged'), 'Precious');
    await expect(store.get('damaged')).rejects.toThrow('s3://signalbox/test/damaged is damaged');
  });

  it.each([
    ['a bucket that is not there', { bucket: 'elsewhere' }, /there is no bucket elsewhere/],
    ['a wrong key', { credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }, /refuses these credentials/],
  ])('says what to mend: %s', async (_what, wrong, message) => {
    const store = createS3Store({ ...settings, ...wrong });
    await expect(store.get('key')).rejects.toThrow(message);
    await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject({ type: 'VendorUnavailable' });
  });

  it('is refused when it takes a conditional write twice', async () => {
    const ignoring: ObjectStore = { ...createS3Store(settings), create: async () => true };
    const storage = await createStorage({ stateDir: root, storage: settings });
    await storage.check();
    await storage.check();
    const other = await createStorage({ stateDir: root, storage: settings, open: async () => ignoring });
    await expect(other.check()).rejects.toThrow('ignores If-None-Match');
  });
});
