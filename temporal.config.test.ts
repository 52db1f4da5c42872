import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, describe as suite } from '@jest/globals';
import { stringify } from 'yaml';
import { RefusedInput } from './schemas/parse.js';
import { type Config, describe, loadConfig, preflight } from './temporal.config.js';

suite('the configuration', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function load({ file, env = {} }: { file?: unknown; env?: Record<string, string> } = {}): Config {
    if (file !== undefined) writeFileSync(join(directory, 'signalbox.config.yaml'), stringify(file));
    return loadConfig({ HOME: directory, ...env }, directory);
  }

  function problems(input: Parameters<typeof load>[0]): readonly string[] {
    try {
      load(input);
    } catch (error) {
      if (error instanceof RefusedInput) return error.problems;
      throw error;
    }
    return [];
  }

  it('works without a file and without an environment', () => {
    const config = load();
    expect(config).toMatchObject({ file: undefined, stateDir: join(directory, '.signalbox'), label: 'signalbox' });
    expect(config.temporal).toMatchObject({ address: '127.0.0.1:7233', namespace: 'default', given: false });
  });

  it('says that a server was named, so that none is started', () => {
    const { temporal } = load({ env: { TEMPORAL_ADDRESS: 'temporal.example:7233' } });
    expect(temporal).toMatchObject({ address: 'temporal.example:7233', given: true });
    expect(temporal.connection).toMatchObject({ address: 'temporal.example:7233' });
  });

  it('keeps what can be shared in the cache directory of the user', () => {
    expect(load({ env: { XDG_CACHE_HOME: '/var/cache/me' } }).cacheDir).toBe('/var/cache/me/signalbox');
  });

  it.each([
    ['an unknown field', { file: { lable: 'x' } }, ['lable']],
    ['a wrong port', { file: { gateway: { port: 70_000 } } }, ['gateway.port', '65535']],
    ['a repo without url', { file: { repos: [{ name: 'shop' }] } }, ['repos.0.url', 'string']],
    [
      'a repo name with a slash',
      { file: { repos: [{ name: 'a/b', url: '/x' }] } },
      ['repos.0.name', 'letters, digits'],
    ],
    ['no sandbox at all', { file: { worker: { parallelSandboxes: 0 } } }, ['worker.parallelSandboxes', '>=1']],
    ['an unknown log level', { env: { LOG_LEVEL: 'loud' } }, ['LOG_LEVEL', 'trace, debug, info']],
    ['a port that is none', { env: { PORT: 'http' } }, ['PORT', 'port number', 'http']],
    ['a file that is not there', { env: { SIGNALBOX_CONFIG: 'nowhere.yaml' } }, ['SIGNALBOX_CONFIG', 'nowhere.yaml']],
  ])('refuses %s by field and expectation', (_what, input, words) => {
    const [problem = ''] = problems(input);
    for (const word of words) expect(problem).toContain(word);
  });

  it('names every wrong field at once', () => {
    expect(problems({ file: { label: '', gateway: { port: -1 }, triage: { dedupeDays: 0 } } })).toHaveLength(3);
  });

  it('takes each secret from the environment or from the file that the environment names', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, 'from-file\n');
    for (const name of ['SIGNALBOX_TOKEN', 'LINEAR_API_KEY', 'LINEAR_WEBHOOK_SECRET']) {
      const secretOf = ({ gateway, linear }: Config) =>
        [gateway.token, linear.apiKey, linear.webhookSecret].filter(Boolean);
      expect(secretOf(load({ env: { [name]: 'from-env' } }))).toEqual(['from-env']);
      expect(secretOf(load({ env: { [`${name}_FILE`]: file } }))).toEqual(['from-file']);
      expect(secretOf(load({ env: { [name]: '' } }))).toEqual([]);
    }
  });

  it('shows no secret when it describes itself', () => {
    const env = {
      SIGNALBOX_TOKEN: 'hush-token',
      LINEAR_API_KEY: 'hush-key',
      LINEAR_WEBHOOK_SECRET: 'hush-hook',
      TEMPORAL_API_KEY: 'hush-temporal',
    };
    const shown = JSON.stringify(describe(load({ env })));
    expect(shown).not.toContain('hush');
    expect(shown).toContain('"token":"set"');
  });

  it('lists everything that is missing, each with a remedy', () => {
    const config = load({
      file: { repos: [{ name: 'shop', url: '/nowhere/shop.git' }] },
      env: { LINEAR_WEBHOOK_SECRET: 's' },
    });
    const found = preflight(config, 'worker').map(({ problem, remedy }) => `${problem} -> ${remedy}`);
    expect(found).toEqual([
      expect.stringMatching(/shop: \/nowhere\/shop\.git does not exist -> clone it/),
      expect.stringMatching(/tickets cannot be read.*-> set LINEAR_API_KEY/),
    ]);
    const empty = preflight(load({ file: {} }), 'gateway').map(({ problem }) => problem);
    expect(empty).toEqual(['no repository is configured', 'the gateway has nothing to check callers with']);
    expect(preflight(load(), 'cli')).toEqual([]);
  });
});
