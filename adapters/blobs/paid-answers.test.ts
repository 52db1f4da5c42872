import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelAnswer } from '../../schemas/model.js';
import { createPaidAnswers } from './paid-answers.js';

const answer: ModelAnswer = {
  message: {
    role: 'assistant',
    parts: [
      { type: 'thinking', provider: 'anthropic', text: 'Hm', opaque: { signature: 's', thinking: 'Hm', z: 1, a: 2 } },
      { type: 'tool-call', id: 't1', name: 'read', input: { path: 'a' } },
    ],
  },
  stop: 'tools',
  usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 },
  model: 'anthropic/claude',
  id: 'msg_1',
  durationMs: 12,
};

describe('paid answers', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paid-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const files = async () => {
    const names = await readdir(directory, { recursive: true, withFileTypes: true });
    return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  it('are there for the next process, byte for byte', async () => {
    const key = 'task/PAR-1/a/../1 call';
    expect(await createPaidAnswers(directory).get(key)).toBeUndefined();
    await createPaidAnswers(directory).put(key, answer);
    const again = await createPaidAnswers(directory).get(key);
    expect(JSON.stringify(again)).toBe(JSON.stringify(answer));
    expect(await createPaidAnswers(directory).get(`${key}0`)).toBeUndefined();
    expect(await files()).toHaveLength(1);
  });

  it('that are damaged stop the call and say which file is to go: nothing is paid twice unnoticed', async () => {
    const answers = createPaidAnswers(directory);
    await answers.put('one', answer);
    const [file = ''] = await files();
    const whole = await readFile(file, 'utf8');
    for (const damage of ['', whole.slice(0, -5), '{}', whole.replace('"one"', '"other"')]) {
      await writeFile(file, damage);
      await expect(answers.get('one')).rejects.toThrow(`remove it to pay again`);
      await expect(answers.get('one')).rejects.toThrow(file);
    }
    await rm(file);
    expect(await answers.get('one')).toBeUndefined();
  });
});
