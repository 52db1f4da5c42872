import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import fc from 'fast-check';
import type { EncryptionSettings } from '../../../schemas/encryption.js';
import { checkKeys, createPayloadCodec } from './data-converter.js';
import { toBytes } from './envelope.js';

const directory = mkdtempSync(join(tmpdir(), 'signalbox-keys-'));
afterAll(() => rmSync(directory, { recursive: true }));

function keyFile(name: string, content: string, mode = 0o600): string {
  const file = join(directory, name);
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
  return file;
}

const k1 = { id: 'k1', file: keyFile('k1', randomBytes(32).toString('base64')) };
const k2 = { id: 'k2', file: keyFile('k2', `${randomBytes(32).toString('hex')}\n`) };
const codecWith = (encryption: EncryptionSettings): PayloadCodec => createPayloadCodec(encryption);
const first = codecWith({ current: 'k1', keys: [k1] });

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const opened = (payload?: Payload): unknown => payload && defaultPayloadConverter.fromPayload(payload);
const metadata = (payload: Payload | undefined, name: string) =>
  Buffer.from(payload?.metadata?.[name] ?? []).toString();

async function sealed(value: unknown, codec = first): Promise<Payload> {
  const [payload] = await codec.encode([payloadOf(value)]);
  if (!payload) throw new Error('expected a payload');
  return payload;
}

describe('the payload codec', () => {
  it('gives every value back, and shows nothing of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat(20_000), async (value, padding) => {
        const whole = { value, secret: 'Project Falcon', padding: 'x'.repeat(padding) };
        const payload = await sealed(whole);
        expect(metadata(payload, 'encoding')).toBe('binary/encrypted');
        expect(Buffer.from(payload.data ?? []).includes('Falcon')).toBe(false);
        expect(opened((await first.decode([payload]))[0])).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps values of every kind: nothing, null, bytes', async () => {
    for (const value of [undefined, null, new Uint8Array([1, 2, 3]), '', 0]) {
      const [back] = await first.decode([await sealed(value)]);
      expect(back && toBytes(back)).toEqual(toBytes(payloadOf(value)));
    }
  });

  it('never encrypts the same twice in the same way', async () => {
    const nonces = await Promise.all(Array.from({ length: 500 }, () => sealed('the same')));
    expect(new Set(nonces.map(({ data }) => Buffer.from(data ?? []).toString('hex', 0, 12))).size).toBe(500);
  });

  it('compresses what gets smaller by it, and nothing else', async () => {
    expect((await sealed('a'.repeat(10_000))).data?.length).toBeLessThan(300);
    const noise = randomBytes(10_000).toString('base64');
    const small = (await sealed('ab'.repeat(20))).data?.length ?? 0;
    expect(small).toBe(toBytes(payloadOf('ab'.repeat(20))).length + 28);
    expect((await sealed(noise)).data?.length).toBeLessThan(noise.length + 200);
  });

  it('notices every flipped bit, in the data and in the id of the key', async () => {
    const both = codecWith({ current: 'k1', keys: [k1, { ...k2, file: k1.file }] });
    const payload = await sealed({ amount: 5 });
    const bytes = Buffer.from(payload.data ?? []);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
      await expect(both.decode([{ ...payload, data: flipped }])).rejects.toThrow('is not what was encoded');
    }
    for (const length of [0, 12, 27, 28, bytes.length - 1]) {
      await expect(both.decode([{ ...payload, data: bytes.subarray(0, length) }])).rejects.toThrow(
        'not what was encoded',
      );
    }
    const renamed = { ...payload.metadata, 'encryption-key-id': Buffer.from('k2') };
    await expect(both.decode([{ ...payload, metadata: renamed }])).rejects.toThrow('is not what was encoded');
  });

  it('does not unpack more than a message can hold', async () => {
    const bomb = {
      metadata: { encoding: Buffer.from('binary/zlib') },
      data: deflateSync(Buffer.alloc(64 * 1024 * 1024)),
    };
    expect(bomb.data.length).toBeLessThan(70_000);
    const before = process.memoryUsage().arrayBuffers;
    await expect(first.decode([bomb])).rejects.toThrow("can't be decompressed to at most 4194304 bytes");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    const large = 'y'.repeat(6 * 1024 * 1024);
    expect(opened((await first.decode([await sealed(large)]))[0])).toBe(large);
  });

  it('reads what was never encrypted, so that it can be switched on', async () => {
    expect(opened((await first.decode([payloadOf('plain')]))[0])).toBe('plain');
  });

  it('changes nothing where it is off', async () => {
    const payload = payloadOf('x'.repeat(5_000));
    expect(await codecWith({ keys: [] }).encode([payload])).toEqual([payload]);
  });
});

describe('the keys of the payload codec', () => {
  it('are rotated: the new one encrypts, the old one still decrypts', async () => {
    const rotated = codecWith({ current: 'k2', keys: [k1, k2] });
    expect(metadata(await sealed('new', rotated), 'encryption-key-id')).toBe('k2');
    expect(opened((await rotated.decode([await sealed('old')]))[0])).toBe('old');
    const off = codecWith({ keys: [k1, k2] });
    expect(opened((await off.decode([await sealed('new', rotated)]))[0])).toBe('new');
    expect(metadata(await sealed('plain again', off), 'encoding')).toBe('json/plain');
  });

  it.each([
    ['without keys', { keys: [] }],
    ['with another key', { current: 'k2', keys: [k2] }],
  ])('are named when they are missing, %s', async (_how, encryption: EncryptionSettings) => {
    await expect(codecWith(encryption).decode([await sealed('old')])).rejects.toMatchObject({
      type: 'EncryptionKeyMissing',
      nonRetryable: false,
      nextRetryDelay: '10 minutes',
      message: expect.stringMatching(/the key "k1".*does not have.*encryption\.keys in signalbox\.config\.yaml/),
    });
  });

  it('are asked for again when they could not be had', async () => {
    const late = { id: 'k1', file: join(directory, 'late') };
    const codec = codecWith({ current: 'k1', keys: [late] });
    await expect(sealed('x', codec)).rejects.toThrow(/key "k1" can't be had: ENOENT/);
    keyFile('late', randomBytes(32).toString('base64'));
    expect(metadata(await sealed('x', codec), 'encoding')).toBe('binary/encrypted');
  });

  describe('in files', () => {
    const refused = (name: string, content: string, mode?: number) =>
      checkKeys({ current: 'k', keys: [{ id: 'k', file: keyFile(name, content, mode) }] });
    let thrown: unknown;
    beforeAll(async () => {
      thrown = await refused('short', 'c2VjcmV0').catch((error: unknown) => error);
    });

    it('must be 32 bytes', () => expect(String(thrown)).toContain('does not hold a key: expected 32 bytes'));
    it('are not shown when they are wrong', () => expect(String(thrown)).not.toMatch(/c2VjcmV0|secret/));
    it.each([0o640, 0o604, 0o666])('may be read by nobody else: mode %o is refused', async (mode) => {
      await expect(refused(`open-${mode}`, randomBytes(32).toString('hex'), mode)).rejects.toThrow('chmod 600');
    });
  });
});
