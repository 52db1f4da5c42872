import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, describe as suite } from '@jest/globals';
import { stringify } from 'yaml';
import { preflight } from './infra/preflight.js';
import { RefusedInput } from './schemas/parse.js';
import { type Config, describe, loadConfig } from './temporal.config.js';

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

  it('has Jira with its token, which nobody is shown', () => {
    const env = { JIRA_BASE_URL: 'https://acme.atlassian.net', JIRA_EMAIL: 'bot@acme.com', JIRA_API_TOKEN: 'hush' };
    const config = load({ env });
    expect(config.jira).toEqual({
      ...{ baseUrl: 'https://acme.atlassian.net', email: 'bot@acme.com', token: 'hush', flavour: undefined },
    });
    expect(JSON.stringify(describe(config))).not.toContain('hush');
    expect(load({ env: { JIRA_BASE_URL: 'https://acme.atlassian.net' } }).jira).toBeUndefined();
    expect(problems({ env: { JIRA_API_TOKEN: 'hush' } })).toEqual([expect.stringContaining('JIRA_BASE_URL')]);
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
    ['no model call at all', { file: { worker: { parallelModelCalls: 0 } } }, ['worker.parallelModelCalls', '>=1']],
    [
      'a model of no tier',
      { file: { models: { use: [{ provider: 'anthropic', id: 'x' }] } } },
      ['models.use.0.tier', 'small'],
    ],
    [
      'a key in an address',
      { file: { models: { providers: { a: { kind: 'openai', baseUrl: 'http://me:key@host/v1' } } } } },
      ['models.providers.a.baseUrl', 'without a user name'],
    ],
    ['an address that is none', { env: { OPENAI_BASE_URL: 'localhost' } }, ['OPENAI_BASE_URL', 'URL']],
    [
      'a key file that is not there',
      { file: { models: { providers: { a: { kind: 'openai', baseUrl: 'http://host', keyFile: 'nowhere' } } } } },
      ['models.providers.a.keyFile', 'nowhere'],
    ],
    ['an unknown log level', { env: { LOG_LEVEL: 'loud' } }, ['LOG_LEVEL', 'trace, debug, info']],
    ['a port that is none', { env: { PORT: 'http' } }, ['PORT', 'port number', 'http']],
    ['a role that nobody has', { env: { SIGNALBOX_ROLES: 'cook' } }, ['SIGNALBOX_ROLES.0', 'sandbox']],
    ['a worker without a role', { file: { worker: { roles: [] } } }, ['worker.roles', '>=1']],
    ['a storage without a bucket', { file: { storage: { kind: 's3' } } }, ['storage.bucket', 'string']],
    [
      'a prefix that no slash ends',
      { file: { storage: { kind: 's3', bucket: 'signalbox', prefix: 'production' } } },
      ['storage.prefix', 'slash'],
    ],
    ['a file that is not there', { env: { SIGNALBOX_CONFIG: 'nowhere.yaml' } }, ['SIGNALBOX_CONFIG', 'nowhere.yaml']],
  ])('refuses %s by field and expectation', (_what, input, words) => {
    const [problem = ''] = problems(input);
    for (const word of words) expect(problem).toContain(word);
  });

  it('does everything in one worker and keeps everything on this machine, unless told otherwise', () => {
    const alone = load();
    expect(alone.worker.roles).toEqual(['workflows', 'models', 'sandbox']);
    expect(alone.storage).toEqual({ kind: 'files' });
    const file = {
      storage: { kind: 's3', bucket: 'signalbox', endpoint: 'http://s3:7070' },
      worker: { roles: ['models'] },
    };
    const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'hush-s3', SIGNALBOX_ROLES: 'sandbox, workflows' };
    expect(load({ file }).worker.roles).toEqual(['models']);
    expect(load({ file }).storage).not.toHaveProperty('credentials');
    const shared = load({ file, env });
    expect(shared.worker.roles).toEqual(['sandbox', 'workflows']);
    expect(shared.storage).toMatchObject({ region: 'us-east-1', credentials: { accessKeyId: 'id' } });
    expect(JSON.stringify(describe(shared))).not.toContain('hush-s3');
  });

  it('names every wrong field at once', () => {
    expect(problems({ file: { label: '', gateway: { port: -1 }, triage: { dedupeDays: 0 } } })).toHaveLength(3);
  });

  it('takes each secret from the environment or from the file that the environment names', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, 'from-file\n');
    const names = ['SIGNALBOX_TOKEN', 'LINEAR_API_KEY', 'LINEAR_WEBHOOK_SECRET', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY'];
    const slackNames = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'];
    for (const name of [...names, ...slackNames]) {
      const secretOf = ({ gateway, linear, slack, webhookSecrets, models }: Config) =>
        [
          gateway.token,
          linear.apiKey,
          ...[slack.botToken, slack.appToken, ...slack.signingSecrets],
          ...(webhookSecrets.linear ?? []),
          ...models.providers.map(({ apiKey }) => apiKey),
        ].filter(Boolean);
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
      SLACK_BOT_TOKEN: 'hush-bot',
      SLACK_APP_TOKEN: 'hush-app',
      SLACK_SIGNING_SECRET: 'hush-signing',
      TEMPORAL_API_KEY: 'hush-temporal',
      ANTHROPIC_API_KEY: 'hush-anthropic',
      OPENAI_API_KEY: 'hush-openai',
    };
    const shown = JSON.stringify(describe(load({ env })));
    expect(shown).not.toContain('hush');
    expect(shown).toContain('"token":"set"');
  });

  suite('forges', () => {
    const shop = { name: 'shop', forge: 'github', project: 'acme/shop' };
    const missing = (file: object, env: Record<string, string> = {}) =>
      preflight(load({ file, env }), 'worker').map(({ problem, remedy }) => `${problem} -> ${remedy}`);

    it.each([
      ['GitHub', shop, {}, {}, 'https://github.com/acme/shop.git'],
      [
        'an Enterprise Server',
        shop,
        { GITHUB_API_URL: 'https://git.acme.com/api/v3' },
        {},
        'https://git.acme.com/acme/shop.git',
      ],
      [
        'Gitea',
        { ...shop, forge: 'gitea' },
        {},
        { gitea: { url: 'https://forge.acme.com/' } },
        'https://forge.acme.com/acme/shop.git',
      ],
      ['a URL of its own', { ...shop, url: 'ssh://git@host/shop' }, {}, {}, 'ssh://git@host/shop'],
    ])('name the repos: at %s', (_name, repo, env, forges, url) => {
      expect(load({ file: { repos: [repo], forges }, env }).repos).toEqual([expect.objectContaining({ url })]);
    });

    it('are refused for a repo that can not be found there', () => {
      expect(() => load({ file: { repos: [{ ...shop, project: undefined }] } })).toThrow(
        /repos\.0\.project: expected owner/,
      );
      expect(() => load({ file: { repos: [{ ...shop, project: 'shop' }] } })).toThrow(
        /repos\.0\.project: expected owner/,
      );
      expect(() => load({ file: { repos: [{ ...shop, forge: 'gitea' }] } })).toThrow(/forges\.gitea\.url.*GITEA_URL/);
    });

    it('want something to sign in with, which nobody is shown', () => {
      expect(missing({ repos: [shop] })).toEqual([expect.stringMatching(/shop at GitHub.*-> set GITHUB_APP_ID/)]);
      expect(missing({ repos: [shop] }, { GITHUB_TOKEN: 'hush' })).toEqual([]);
      expect(missing({ repos: [shop] }, { GITHUB_TOKEN: 'hush', GITHUB_APP_ID: '7' })).toEqual([
        expect.stringMatching(/only one is set -> set both/),
      ]);
      const gitea = { repos: [{ ...shop, forge: 'gitea' }] };
      expect(missing(gitea, { GITEA_URL: 'https://forge' })).toEqual([expect.stringMatching(/-> set GITEA_TOKEN/)]);
      const env = {
        GITHUB_APP_ID: '7',
        GITHUB_APP_PRIVATE_KEY: 'hush\\nhush',
        GITEA_TOKEN: 'hush',
        GITHUB_TOKEN: 'hush',
      };
      expect(load({ file: {}, env }).forges.github.app).toEqual({ id: '7', privateKey: 'hush\nhush' });
      expect(JSON.stringify(describe(load({ file: {}, env })))).not.toContain('hush');
    });
  });

  suite('models', () => {
    const LOCAL = { kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1/' };
    const providers = (input: Parameters<typeof load>[0]) =>
      load(input).models.providers.map(({ name, kind, baseUrl, apiKey, model }) => [
        name,
        kind,
        baseUrl,
        apiKey,
        model,
      ]);
    const missing = (input: { file?: object; env?: Record<string, string> }) =>
      preflight(
        load({ ...input, file: { repos: [{ name: 'shop', url: 'ssh://host/shop' }], ...input.file } }),
        'worker',
      ).map(({ problem, remedy }) => `${problem} -> ${remedy}`);

    it('are none when nothing is set, and that is no problem', () => {
      expect(load().models).toEqual({ providers: [], use: undefined });
      expect(missing({})).toEqual([]);
    });

    it('come with the variables of their providers', () => {
      const keys = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o' };
      expect(providers({ env: keys })).toEqual([
        ['anthropic', 'anthropic', 'https://api.anthropic.com', 'a', undefined],
        ['openai', 'openai', 'https://api.openai.com/v1', 'o', undefined],
      ]);
      const env = { ...keys, ANTHROPIC_BASE_URL: 'http://a/', OPENAI_BASE_URL: 'http://o/v1', OPENAI_MODEL: 'coder' };
      expect(providers({ env })).toEqual([
        ['anthropic', 'anthropic', 'http://a', 'a', undefined],
        ['openai', 'openai', 'http://o/v1', 'o', 'coder'],
      ]);
    });

    it('need no key where there is an address, and no provider where there is an address alone', () => {
      const env = { OPENAI_BASE_URL: 'http://o/v1', ANTHROPIC_BASE_URL: 'http://a', OPENAI_API_KEY: '' };
      expect(providers({ env })).toEqual([['openai', 'openai', 'http://o/v1', undefined, undefined]]);
    });

    it('come from the file, with keys from a variable or from a file beside it', () => {
      writeFileSync(join(directory, 'key'), 'from-file\n');
      const named = { local: LOCAL, first: { ...LOCAL, keyEnv: 'FIRST_KEY' }, second: { ...LOCAL, keyFile: 'key' } };
      expect(providers({ file: { models: { providers: named } }, env: { FIRST_KEY: 'from-env' } })).toEqual([
        ['local', 'openai', 'http://127.0.0.1:11434/v1', undefined, undefined],
        ['first', 'openai', 'http://127.0.0.1:11434/v1', 'from-env', undefined],
        ['second', 'openai', 'http://127.0.0.1:11434/v1', 'from-file', undefined],
      ]);
    });

    it('come from the file where file and variables name the same provider', () => {
      const file = { models: { providers: { openai: LOCAL } } };
      expect(providers({ file, env: { OPENAI_API_KEY: 'o' } })).toEqual([
        ['openai', 'openai', 'http://127.0.0.1:11434/v1', undefined, undefined],
      ]);
    });

    const coder = { provider: 'local', id: 'coder', tier: 'strong' };
    it.each<[string, Parameters<typeof missing>[0], unknown[]]>([
      [
        'an address without a model',
        { env: { OPENAI_BASE_URL: 'http://o/v1' } },
        [expect.stringMatching(/no model of the provider openai is named -> set OPENAI_MODEL, or list .*models\.use/)],
      ],
      ['nothing when its model is named', { env: { OPENAI_BASE_URL: 'http://o/v1', OPENAI_MODEL: 'coder' } }, []],
      [
        'nothing when others are listed',
        { file: { models: { use: [] } }, env: { OPENAI_BASE_URL: 'http://o/v1' } },
        [],
      ],
      [
        'a provider without its key',
        { file: { models: { providers: { local: { ...LOCAL, keyEnv: 'KEY' } }, use: [coder] } } },
        [expect.stringMatching(/provider local has no key -> set KEY \(or KEY_FILE\)/)],
      ],
      [
        'a model of a provider that is not there',
        { file: { models: { use: [coder, { ...coder, provider: 'anthropic' }] } } },
        [
          expect.stringMatching(/provider local, which is not configured -> add it under `models\.providers`/),
          expect.stringMatching(/provider anthropic, which is not configured -> set ANTHROPIC_API_KEY/),
        ],
      ],
    ])('miss %s', (_what, input, found) => {
      expect(missing(input)).toEqual(found);
    });
  });
});
