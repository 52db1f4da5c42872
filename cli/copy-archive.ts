import { resolve } from 'node:path';
import { copyArchive } from '../adapters/archive/archive.js';
import { createStorage } from '../adapters/storage/storage.js';
import { loadConfig } from '../temporal.config.js';
import { Refusal } from './errors.js';
import { json, processOutput } from './output.js';

// The archive of a shared storage as plain directories. Entries never change, so a second time copies what is new.

export interface CopyToDirectory {
  readonly directory: string;
  readonly json: boolean;
}

export async function copyToDirectory(options: CopyToDirectory): Promise<number> {
  const config = loadConfig();
  const directory = resolve(options.directory);
  const place = (await createStorage(config)).place('archive');
  if (typeof place === 'string') throw new Refusal(`the archive is in files already: ${place}`);
  const copied = await copyArchive(place, directory);
  const output = processOutput(config.color);
  if (options.json) output.data(json({ directory, copied }));
  else
    output.talk(
      `${copied} ${copied === 1 ? 'entry' : 'entries'} copied; check them with \`signalbox verify ${directory}\``,
    );
  return 0;
}
