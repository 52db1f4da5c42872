import { basename, dirname, extname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { makeKey } from '../adapters/temporal/codec/new-key.js';
import { type EncryptionKey, EncryptionSection } from '../schemas/encryption.js';
import { parse } from '../schemas/parse.js';
import { loadConfig } from '../temporal.config.js';
import { Refusal } from './errors.js';
import { json, processOutput } from './output.js';

// Keys of the payload codec: made here, configured by the operator.

interface NewKey {
  readonly file: string;
  readonly id?: string;
  readonly kms?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly json: boolean;
}

export async function newKey({ file, id, ...options }: NewKey): Promise<number> {
  const keyId = id ?? basename(file, extname(file));
  const path = resolve(file);
  const section = parse(EncryptionSection, { current: keyId, keys: [keyOf(keyId, path, options)] }, 'the new key');
  await Promise.all(section.keys.map(makeKey)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new Refusal(`${path} is there already, and what it encrypted needs it`);
    if (error.code === 'ENOENT')
      throw new Refusal(`${path} can't be written: make its directory first, \`mkdir -m 700 ${dirname(path)}\``);
    throw error;
  });
  const { keys } = loadConfig().temporal.encryption;
  const encryption = { ...section, keys: [...keys.filter((known) => known.id !== keyId), ...section.keys] };
  const output = processOutput(false);
  if (options.json) output.data(json({ id: keyId, file: path, encryption }));
  else
    output.data(`# the key ${keyId} is in ${path}; put this into signalbox.config.yaml\n${stringify({ encryption })}`);
  output.talk(options.kms === undefined ? COPIES : WRAPPED);
  output.talk(ROLL_OUT);
  return 0;
}

const COPIES =
  'Keep a copy of the file elsewhere: without it, nobody reads what it encrypted, and running missions stop.';
const WRAPPED = 'Only that key of the KMS unwraps it: every process needs kms:Decrypt on it, and a copy of the file.';
const ROLL_OUT =
  'On several machines: first add it under `keys` everywhere and restart, then make it `current` everywhere and restart.';

function keyOf(id: string, path: string, { kms, region, endpoint }: Omit<NewKey, 'file' | 'id'>): EncryptionKey {
  if (kms === undefined) return { id, file: path };
  if (region === undefined) throw new Refusal('--kms needs --region, as in --region eu-central-1');
  return { id, kms: { key: kms, wrapped: path, region, ...(endpoint !== undefined && { endpoint }) } };
}
