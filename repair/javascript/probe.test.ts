import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repository } from '../testing/engine.js';

// The built engine's, because its thread is a file of its own.

describe('what candidates answer to calls near those of the tests', () => {
  const LIMIT_MS = 100;
  const root = repository({ 'double.js': 'export function double(n) { return 2 * n; }' });
  let runner: import('./host.js').JavascriptRunner;
  beforeAll(async () => {
    const host: typeof import('./host.js') = await import(path.resolve('dist/repair/javascript/host.js'));
    runner = new host.JavascriptRunner({ root, module: '.', runner: 'node-test' });
  });
  afterAll(async () => {
    await runner.close();
    rmSync(root, { recursive: true });
  });

  async function answerOf(body: string): Promise<readonly string[]> {
    const trial = { key: 0, path: 'double.js', text: `export function double(n) { ${body} }` };
    const [answers = []] = await runner.probe({
      trials: [trial],
      calls: [{ name: 'double', args: [2] }],
      limitMs: LIMIT_MS,
    });
    return answers;
  }

  it('is what they say in the end, also when a busy machine takes longer than the limit', async () => {
    const slow = `const until = Date.now() + ${LIMIT_MS * 2}; while (Date.now() < until); return 2 * n;`;
    expect(await answerOf(slow)).toEqual(await answerOf('return 2 * n;'));
    expect(await answerOf(slow)).toEqual(['4']);
  });

  it('is nothing when they never end', async () => {
    expect(await answerOf('for (;;);')).toEqual(['no answer in time']);
  });
});
