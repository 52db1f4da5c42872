import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../temporal.config.js';
import { FakeModels } from '../fakes/models/fake-models.js';
import { NO_KEYS } from '../processes.js';

// The program of `npm run test:live`, against scripted models in place of real ones.

const { installDir } = loadConfig();

async function live(env: Readonly<Record<string, string>>): Promise<string> {
  const program = join(installDir, 'dist/test/live/main.js');
  const run = promisify(execFile)(process.execPath, [program], { env: { ...process.env, ...NO_KEYS, ...env } });
  return (await run).stdout;
}

describe('test:live', () => {
  const models = new FakeModels();

  beforeEach(() => models.start());
  afterEach(() => models.close());

  it('says that it was not run where there is no key', async () => {
    expect(await live({})).toMatch(/^test:live was not run: no model is configured; set ANTHROPIC_API_KEY/);
  });

  it('does not call models whose price is unknown: a budget could not be held', async () => {
    const said = await live({ OPENAI_BASE_URL: models.openaiUrl, OPENAI_MODEL: 'some-model', OPENAI_API_KEY: 'key' });
    expect(said).toContain('was not run: the price of openai/some-model is not known');
    expect(models.requests).toEqual([]);
  });

  it('runs the example missions and says what became of each, and what it cost', async () => {
    models.script(() => ({ tools: [{ name: 'cannot_do', input: { because: 'this is beyond me' } }] }));
    const said = await live({ ANTHROPIC_API_KEY: models.apiKey, ANTHROPIC_BASE_URL: models.anthropicUrl });
    expect(models.scriptErrors).toEqual([]);
    expect(said).toMatch(/^csv-export +refused +\$0\.\d+ /m);
    expect(said).toMatch(/^vague +refused +\$0\.\d+ /m);
    expect(said).toContain('cannot-do: this is beyond me');
    expect(said).toMatch(/3 tasks: 3 refused; \$0\.\d+/);
  }, 240_000);
});
