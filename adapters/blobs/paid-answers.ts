import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PaidAnswers } from '../../activities/ports.js';
import { ModelAnswer } from '../../schemas/model.js';
import { writeAtomically } from './blobs.js';

const Entry = z.strictObject({ key: z.string(), answer: ModelAnswer });

/**
 * Answers of models in files named by the hash of their call's key, flushed to the disk before `put` returns. An entry
 * that can't be read is an error and not an absent one: the call would be paid for a second time, and nobody would know.
 */
export function createPaidAnswers(directory: string): PaidAnswers {
  const fileOf = (key: string) => {
    const name = createHash('sha256').update(key).digest('hex');
    return join(directory, name.slice(0, 2), `${name}.json`);
  };
  return {
    async get(key) {
      const file = fileOf(key);
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : answerIn(text, key, file);
    },
    async put(key, answer) {
      await writeAtomically(fileOf(key), Buffer.from(JSON.stringify({ key, answer })));
    },
  };
}

function answerIn(text: string, key: string, file: string): ModelAnswer {
  try {
    const entry = Entry.parse(JSON.parse(text));
    if (entry.key !== key) throw new Error(`it is the answer of ${entry.key}`);
    return entry.answer;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the paid answer of call ${key} can't be read (${why}); restore ${file} from a backup, or remove it to pay again`,
    );
  }
}
