import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PaidAnswers } from '../../activities/ports-models.js';
import { ModelAnswer } from '../../schemas/model.js';
import { type Place, storeAt } from '../storage/object-store.js';

const Entry = z.strictObject({ key: z.string(), answer: ModelAnswer });

/**
 * Answers of models under the hash of their call's key; they last when `put` returns. An entry that can't be read is an
 * error and not an absent one: the call would be paid for a second time, and nobody would know.
 */
export function createPaidAnswers(place: Place): PaidAnswers {
  const store = storeAt(place);
  const keyOf = (call: string) => {
    const name = createHash('sha256').update(call).digest('hex');
    return `${name.slice(0, 2)}/${name}.json`;
  };
  return {
    async get(key) {
      const bytes = await store.get(keyOf(key));
      return bytes && answerIn(bytes.toString(), key, store.location(keyOf(key)));
    },
    async put(key, answer) {
      await store.put(keyOf(key), Buffer.from(JSON.stringify({ key, answer })));
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
