import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Blobs } from '../../activities/ports.js';
import { createBlobs } from './blobs.js';

describe('blobs', () => {
  let directory: string;
  let blobs: Blobs;
  const fileOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'blobs-'));
    blobs = createBlobs(directory);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('gives back the bytes under the address that their content makes', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 0]);
    const ref = await blobs.put(bytes, 'application/octet-stream');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(ref).toEqual({ sha256, bytes: 5, mediaType: 'application/octet-stream' });
    expect(await blobs.get(ref)).toEqual(bytes);
  });

  it('stores equal content once, also when it comes many times at once', async () => {
    const refs = await Promise.all(Array.from({ length: 20 }, () => blobs.put('the same', 'text/plain')));
    expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
    const [ref] = refs;
    if (!ref) throw new Error('no ref');
    expect(await readdir(join(directory, ref.sha256.slice(0, 2)))).toEqual([ref.sha256]);
  });

  it('throws when a bit has flipped, and when the blob is not there', async () => {
    const ref = await blobs.put('precious', 'text/plain');
    await writeFile(fileOf(ref.sha256), 'Precious');
    await expect(blobs.get(ref)).rejects.toThrow('is damaged');
    await rm(fileOf(ref.sha256));
    await expect(blobs.get(ref)).rejects.toThrow('is missing');
  });

  it('replaces a file that was cut short', async () => {
    const ref = await blobs.put('whole and complete', 'text/plain');
    await truncate(fileOf(ref.sha256), 3);
    await blobs.put('whole and complete', 'text/plain');
    expect((await blobs.get(ref)).toString()).toBe('whole and complete');
  });
});
