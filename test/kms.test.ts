import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { parse } from 'yaml';
import { createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import type { EncryptionSettings } from '../schemas/encryption.js';
import { loadConfig } from '../temporal.config.js';
import { FakeKms } from './fakes/kms.js';

// A data key that a customer's key at a KMS wraps: made by the command line, used by the codec, revoked by the customer.

describe('a key of a KMS', () => {
  const kms = new FakeKms();
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-kms-'));
  const file = join(directory, 'cmk.wrapped');
  const before = { ...process.env };
  let encryption: EncryptionSettings;

  const newKey = (path: string, ...more: string[]) => {
    const args = [join(loadConfig().installDir, 'dist/cli/main.js'), 'encryption', 'new-key', path];
    const settings = ['--kms', kms.keyId, '--region', 'eu-central-1', '--endpoint', kms.url];
    const env = { PATH: process.env.PATH, HOME: directory, ...kms.env };
    return promisify(execFile)(process.execPath, [...args, ...settings, ...more], { cwd: directory, env });
  };
  const plain = defaultPayloadConverter.toPayload('Project Falcon') as Payload;

  beforeAll(async () => {
    await kms.start();
    Object.assign(process.env, kms.env);
    const { stdout } = await newKey(file);
    encryption = parse(stdout).encryption;
  });

  afterAll(async () => {
    process.env = before;
    await kms.close();
    rmSync(directory, { recursive: true });
  });

  it('is made by the KMS and is only ever here wrapped', () => {
    expect(encryption).toMatchObject({ current: 'cmk', keys: [{ id: 'cmk', kms: { key: kms.keyId, wrapped: file } }] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(file, 'utf8').trim(), 'base64').length).toBe(12 + 32 + 16);
    expect(kms.calls).toEqual([
      {
        ...{ operation: 'GenerateDataKeyWithoutPlaintext', keyId: kms.keyId },
        context: { purpose: 'signalbox payloads', keyId: 'cmk' },
      },
    ]);
  });

  it('is unwrapped once for each process, however many payloads there are', async () => {
    const calls = kms.calls.length;
    const codec = createPayloadCodec(encryption);
    const encoded = (await Promise.all(Array.from({ length: 20 }, () => codec.encode([plain])))).flat();
    expect(await createPayloadCodec(encryption).decode(encoded)).toEqual(encoded.map(() => plain));
    expect(kms.calls.slice(calls).map(({ operation }) => operation)).toEqual(['Decrypt', 'Decrypt']);
  });

  it('can be revoked: nothing is read any more, and it is said why; granted again, it is read again', async () => {
    const encoded = await createPayloadCodec(encryption).encode([plain]);
    const codec = createPayloadCodec(encryption);
    kms.disabled = true;
    await expect(codec.decode(encoded)).rejects.toMatchObject({
      type: 'EncryptionKeyMissing',
      message: expect.stringMatching(/key "cmk" can't be had: the KMS refuses alias\/customer: DisabledException/),
    });
    kms.disabled = false;
    expect(await codec.decode(encoded)).toEqual([plain]);
  });

  it('is worth nothing under another id, and nothing with other credentials', async () => {
    const moved = encryption.keys.map((key) => ({ ...key, id: 'other' }));
    const [encoded = {}] = await createPayloadCodec(encryption).encode([plain]);
    const renamed = { ...encoded, metadata: { ...encoded.metadata, 'encryption-key-id': Buffer.from('other') } };
    await expect(createPayloadCodec({ keys: moved }).decode([renamed])).rejects.toThrow('InvalidCiphertextException');
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong';
    await expect(createPayloadCodec(encryption).decode([encoded])).rejects.toThrow('InvalidSignatureException');
    Object.assign(process.env, kms.env);
  });

  it('is not replaced by another', async () => {
    const wrapped = readFileSync(file, 'utf8');
    await expect(newKey(file)).rejects.toMatchObject({ stderr: expect.stringContaining('is there already') });
    expect(readFileSync(file, 'utf8')).toBe(wrapped);
  });
});
