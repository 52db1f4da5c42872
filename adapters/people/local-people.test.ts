import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApprovalRecord } from '../../schemas/approval-record.js';
import { loadConfig } from '../../temporal.config.js';
import { createAnswerKeys, makeAnswerKey, readSigner } from './answer-keys.js';
import { ensureLocalPerson, ensureOwnKey } from './local-people.js';
import { createPeople } from './people-file.js';
import { personOfToken } from './tokens.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-local-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const settings = () => loadConfig({ USER: 'Al Ice' }, directory).people;
const record: Omit<ApprovalRecord, 'signature' | 'keyId'> = {
  ...{ question: 'ENG-1/1', action: 'merge', head: 'h', planHash: 'p', decision: 'approve', reason: 'read it' },
  ...{ via: 'cli', actor: { source: 'cli', id: 'alice' }, mission: 'mission/ENG-1' },
  ...{ at: '2026-11-21T10:00:00.000Z', nonce: 'a'.repeat(32) },
};

describe('without a people.yaml', () => {
  it('the user of the machine is one person, who is called local, with a token that only they can read', async () => {
    const people = settings();
    await Promise.all([1, 2, 3].map(() => ensureLocalPerson({ ...people, user: 'Al Ice' })));
    const token = readFileSync(people.tokenFile, 'utf8').trim();
    const known = await createPeople(people).read();
    expect(known).toMatchObject({ local: true, people: [{ key: 'local-al-ice', name: 'Al Ice (local)' }] });
    expect(personOfToken(known, token)?.key).toBe('local-al-ice');
    expect([people.tokenFile, people.file].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
    const around = dirname(people.file);
    expect(statSync(around).mode & 0o777).toBe(0o700);
    // Sandboxes have to pass through the state directory.
    expect(statSync(dirname(around)).mode & 0o055).toBe(0o055);
  });

  it('the gateway has a key of its own, and workers beside it find the public half', async () => {
    const people = settings();
    await Promise.all([1, 2, 3].map(() => ensureOwnKey(people)));
    expect(statSync(people.keyFile).mode & 0o777).toBe(0o600);
    const signed = (await readSigner(people.keyFile)).sign(record);
    expect(await createAnswerKeys(people).isSigned(signed)).toBe(true);
  });
});

describe('a signature', () => {
  it.each(Object.keys({ ...record, to: 0 }) as (keyof ApprovalRecord)[])('covers %s', async (field) => {
    const people = settings();
    await ensureOwnKey(people);
    const signed = (await readSigner(people.keyFile)).sign(record);
    const other = field === 'actor' ? { source: 'cli', id: 'mallory' } : field === 'to' ? { person: 'x' } : 'other';
    expect(await createAnswerKeys(people).isSigned({ ...signed, [field]: other } as ApprovalRecord)).toBe(false);
  });

  it('is of a key that workers know; while keys change, of either', async () => {
    const [one, two] = [join(directory, 'one.key'), join(directory, 'two.key')];
    const [first, second] = [await makeAnswerKey(one), await makeAnswerKey(two)];
    const signed = (await readSigner(one)).sign(record);
    const keys = (publicKeys: string[]) => createAnswerKeys({ publicKeys, publicKeyFile: '' });
    expect(await keys([first]).isSigned(signed)).toBe(true);
    expect(await keys([second, first]).isSigned(signed)).toBe(true);
    expect(await keys([second]).isSigned(signed)).toBe(false);
    await expect(makeAnswerKey(one)).rejects.toThrow('EEXIST');
    writeFileSync(one, 'no key');
    await expect(readSigner(one)).rejects.toThrow('no Ed25519 key');
    await expect(keys([]).isSigned(signed)).rejects.toThrow('publicKeys');
  });
});
