import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import type { KnownPeople, People } from '../../activities/ports-people.js';
import { parse, RefusedInput } from '../../schemas/parse.js';
import { PeopleFile } from '../../schemas/people.js';

export interface PeopleSettings {
  /** Absolute path. */
  readonly file: string;
  /** Made by ourselves, because nobody wrote one. */
  readonly local: boolean;
}

/** Read at every use: whoever has left counts for nothing from the moment at which the file says so. */
export function createPeople({ file, local }: PeopleSettings): People {
  return {
    async read(): Promise<KnownPeople> {
      const text = await readFile(file, 'utf8').catch((error: Error) => {
        throw new RefusedInput(file, [`it can't be read: ${error.message}`]);
      });
      return { ...parse(PeopleFile, parsed(text, file), file), local };
    },
  };
}

function parsed(text: string, file: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw new RefusedInput(file, [`not YAML: ${(error as Error).message.split('\n')[0]}`]);
  }
}
