import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { freePort } from '../infra/ports.js';
import { Blueprint } from '../schemas/blueprint.js';
import { eventually } from '../test/eventually.js';

// The built program as a process; nothing here needs a server.

const MAIN = join(process.cwd(), 'dist/cli/main.js');
const COMMANDS =
  'dev worker gateway submit run ls status watch plan proof approve reject answer budget steer pause resume cancel doctor quarantine config init version';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-main-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function signalbox(args: readonly string[], env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: directory,
    // Nothing listens at port 9.
    env: { PATH: process.env.PATH, HOME: directory, TEMPORAL_ADDRESS: '127.0.0.1:9', ...env },
    encoding: 'utf8',
  });
  return { out: stdout, err: stderr, code: status };
}

function files(content: Record<string, string>): void {
  for (const [path, text] of Object.entries(content)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

describe('the command line', () => {
  it('shows every command, and examples for each', () => {
    const { out, code } = signalbox(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS.split(' ')) expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    for (const command of ['submit', 'approve', 'plan', 'init']) {
      expect(signalbox([command, '--help']).out).toMatch(new RegExp(`Examples:\n  \\$ signalbox ${command}`));
    }
  });

  it.each([
    [[]],
    [['frobnicate']],
    [['watch']],
    [['ls', '--limit', 'many']],
    [['plan', 'ENG-1', '--version', '0']],
    [['submit', 'x', '--unknown']],
  ])('calls %j a usage error: exit code 2, nothing on stdout', (args) => {
    expect(signalbox(args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/./) });
  });

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, [MAIN, '--help'], { cwd: directory, env: { PATH: process.env.PATH } });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'exit');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('prints its version as text and as JSON', () => {
    expect(signalbox(['version']).out).toMatch(/^signalbox \d+\.\d+\.\d+ \(Node /);
    expect(JSON.parse(signalbox(['version', '--json']).out)).toMatchObject({ name: 'signalbox' });
  });

  it('says where no server answers and how to get one', () => {
    const { code, out, err } = signalbox(['ls', '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/does not answer at 127\.0\.0\.1:9\b.*TEMPORAL_ADDRESS.*signalbox dev/);
  });

  it('takes what looks like a file for one, and says when there is none', () => {
    expect(signalbox(['submit', './no-such.md'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('./no-such.md'),
    });
  });

  it('refuses an empty submission before it looks for a server', () => {
    expect(signalbox(['submit', ''])).toMatchObject({ code: 1, err: expect.stringContaining('title: ') });
  });
});

describe('signalbox config', () => {
  it('prints what is in effect, without secrets', () => {
    const { out } = signalbox(['config', 'print', '--json'], { SIGNALBOX_TOKEN: 'hush' });
    expect(out).not.toContain('hush');
    expect(JSON.parse(out)).toMatchObject({ gateway: { port: 8180, token: 'set' } });
  });

  it('names every wrong field of a blueprint', () => {
    files({ 'signalbox.yaml': 'version: 1\nmodules: {}\ngates: []\nextra: 1\n' });
    const { code, err } = signalbox(['config', 'validate']);
    expect(code).toBe(1);
    expect(err).toMatch(/gates: .*\n.*unknown field extra/);
    const [result] = JSON.parse(signalbox(['config', 'validate', 'signalbox.yaml', '--json']).out);
    expect(result).toMatchObject({ file: 'signalbox.yaml', problems: [expect.any(String), expect.any(String)] });
  });

  it('says that a file is not there, or not YAML', () => {
    expect(signalbox(['config', 'validate', 'x.yaml']).err).toContain('there is no file x.yaml');
    files({ 'signalbox.yaml': 'a: [' });
    expect(signalbox(['config', 'validate']).err).toContain('not YAML');
  });

  it.each([
    ['signalbox.config.yaml', { repos: [{ name: 'shop', url: 'ssh://host/shop' }], people: 'team.yaml' }],
    ['people.yaml', { people: [{ key: 'ada', name: 'Ada' }] }],
    ['on-call.yaml', { rotations: { shop: { start: '2026-11-02T09:00', every: '1w', members: ['ada'] } } }],
    ['services.yaml', { services: { shop: { repo: 'shop' } } }],
    ['holdouts.yaml', { scenarios: [{ name: 'totals', command: 'node check.mjs' }] }],
  ])('knows %s by what is in it', (kind, content) => {
    const wrong = { ...content, extra: 1 };
    files({ 'team.yaml': JSON.stringify(content), 'wrong.yml': JSON.stringify(wrong) });
    expect(signalbox(['config', 'validate', 'team.yaml']).out).toBe(`team.yaml is valid, as ${kind}\n`);
    expect(signalbox(['config', 'validate', 'wrong.yml']).err).toMatch(`wrong.yml, as ${kind} was refused`);
  });

  it('says which files there are, for one that looks like none of them', () => {
    files({ 'compose.yaml': 'image: shop\n' });
    const { code, err } = signalbox(['config', 'validate', 'compose.yaml']);
    expect(code).toBe(1);
    expect(err).toMatch(/compose\.yaml looks like none .*\n {2}signalbox\.yaml: .*\(version, modules/);
  });
});

describe('signalbox init', () => {
  const PACKAGE = { scripts: { test: 'jest', lint: 'eslint .' }, devDependencies: { jest: '30', 'jest-junit': '16' } };
  const PROJECT = {
    'web/package.json': JSON.stringify(PACKAGE),
    'web/package-lock.json': '{}',
    'web/src/cart.ts': '',
    'web/src/cart.test.ts': '',
    'rates/requirements.txt': 'pytest==8 --hash=sha256:aa\n',
    'rates/rates/tax.py': '',
    'rates/tests/test_tax.py': 'def test_tax(): pass',
  };

  it('writes a valid blueprint from what it finds: modules, runners, set-up, gates with reports', () => {
    files(PROJECT);
    const { code, out, err } = signalbox(['init']);
    expect({ code, out }).toEqual({ code: 0, out: `${join(directory, 'signalbox.yaml')}\n` });
    const written = Blueprint.parse(parseYaml(readFileSync(join(directory, 'signalbox.yaml'), 'utf8')));
    expect(written.modules).toEqual({
      web: {
        path: 'web',
        language: 'typescript',
        runner: 'jest',
        sources: ['src/**/*.ts'],
        tests: ['src/**/*.test.ts'],
      },
      rates: {
        path: 'rates',
        language: 'python',
        runner: 'pytest',
        sources: ['rates/**/*.py'],
        tests: ['tests/**/test_*.py'],
      },
    });
    expect(written.setup).toMatchObject([
      { name: 'web-packages', command: 'npm ci --ignore-scripts', lockfiles: ['package-lock.json', 'package.json'] },
      { name: 'rates-packages', command: 'python3 -m pip install --require-hashes --target .deps -r requirements.txt' },
    ]);
    expect(written.gates).toMatchObject([
      { name: 'web-lint', command: 'npm run lint' },
      { name: 'web-tests', module: 'web', report: 'reports/junit.xml' },
      { name: 'rates-tests', module: 'rates', report: 'reports/junit.xml' },
    ]);
    expect(err).toContain('commit it to the default branch');
    expect(signalbox(['config', 'validate']).code).toBe(0);
  });

  it.each([
    ['node --test', { scripts: { test: 'node --import tsx --test test/*.js' } }, 'node-test', '--test-reporter=junit'],
    ['vitest', { scripts: { test: 'vitest run' } }, 'vitest', '--reporter=junit'],
    ['mocha', { devDependencies: { mocha: '11' } }, 'mocha', '--reporter xunit'],
    ['jest without a reporter', { scripts: { test: 'jest' } }, 'jest', 'jest --ci'],
  ])('knows %s', (_what, manifest, runner, command) => {
    files({ 'package.json': JSON.stringify(manifest), 'index.js': '', 'test/index.test.js': '' });
    signalbox(['init']);
    const written = Blueprint.parse(parseYaml(readFileSync(join(directory, 'signalbox.yaml'), 'utf8')));
    expect(Object.values(written.modules)).toMatchObject([{ path: '.', runner, sources: ['*.js'] }]);
    expect(written.gates).toMatchObject([{ command: expect.stringContaining(command) }]);
  });

  it('does not overwrite unless it is told to', () => {
    files({ ...PROJECT, 'signalbox.yaml': 'mine' });
    expect(signalbox(['init'])).toMatchObject({ code: 1, err: expect.stringContaining('--force') });
    expect(readFileSync(join(directory, 'signalbox.yaml'), 'utf8')).toBe('mine');
    expect(JSON.parse(signalbox(['init', '--force', '--json']).out)).toMatchObject({ modules: ['web', 'rates'] });
  });

  it('says so when there are no tests that it can run', () => {
    files({ Makefile: 'test:', 'package.json': '{}' });
    expect(signalbox(['init'])).toMatchObject({ code: 1, err: expect.stringContaining('nothing in') });
  });
});

describe('signalbox doctor', () => {
  it('names each thing that is missing and its remedy, and exits with 1', () => {
    const bin = join(directory, 'bin');
    files({ 'bin/git': '#!/bin/sh\necho git version 2.50' });
    chmodSync(join(bin, 'git'), 0o755);
    symlinkSync(process.execPath, join(bin, 'node'));
    const { code, out } = signalbox(['doctor', '--json'], { PATH: bin });
    expect(code).toBe(1);
    const probes: { probe: string; ok: boolean; detail: string; remedy: string }[] = JSON.parse(out);
    expect(probes).toEqual(
      expect.arrayContaining([
        { probe: 'git', ok: true, detail: 'git version 2.50', remedy: '' },
        { probe: 'bwrap', ok: false, detail: 'not installed', remedy: 'apt-get install bubblewrap' },
        { probe: 'rg', ok: false, detail: 'not installed', remedy: 'apt-get install ripgrep' },
        expect.objectContaining({ probe: 'configuration', ok: false, detail: 'no repository is configured' }),
        expect.objectContaining({ probe: 'temporal', ok: false }),
      ]),
    );
    expect(probes.filter(({ probe }) => probe.startsWith('sandbox')).length).toBeGreaterThan(0);
    expect(probes.filter(({ ok, remedy }) => !ok && remedy === '')).toEqual([]);
  });

  it('and `signalbox dev` say how to close a key that others may read', () => {
    const key = join(directory, 'one.key');
    files({
      'one.key': Buffer.alloc(32, 1).toString('base64'),
      'shop.git/HEAD': '',
      // JSON is YAML.
      'signalbox.config.yaml': JSON.stringify({
        repos: [{ name: 'shop', url: 'shop.git' }],
        encryption: { current: 'one', keys: [{ id: 'one', file: 'one.key' }] },
      }),
    });
    chmodSync(key, 0o644);
    // Before anything is started.
    expect(signalbox(['dev'], { SIGNALBOX_TOKEN: 't' })).toMatchObject({
      code: 1,
      err: expect.stringContaining(`chmod 600 ${key}`),
    });
    expect(readdirSync(directory)).not.toContain('.signalbox');
    const probes: { probe: string; remedy: string }[] = JSON.parse(signalbox(['doctor', '--json']).out);
    expect(probes.find(({ probe }) => probe === 'encryption')).toMatchObject({ ok: false, remedy: `chmod 600 ${key}` });
  });
});

describe('people.yaml', () => {
  it('is checked with the policies of the repos, each problem with what to do; the gateway does not start with a broken one', () => {
    const git = (...args: string[]) => spawnSync('git', ['-C', join(directory, 'shop'), ...args]);
    const policy = 'policy: { approvals: [{ from: { teams: [payments] } }] }';
    const gates = 'gates: [{ name: tests, command: "true" }]';
    files({
      'shop/signalbox.yaml': `version: 1\nmodules: {}\n${gates}\n${policy}\n`,
      'people.yaml': JSON.stringify({ people: [{ key: 'ada', name: 'Ada', teams: 'web' }] }),
      'signalbox.config.yaml': JSON.stringify({ repos: [{ name: 'shop', url: 'shop' }], people: 'people.yaml' }),
    });
    git('init', '--quiet', '--initial-branch=main');
    git('add', '-A');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', 'Begin');
    const { code, err } = signalbox(['people', 'check']);
    expect(code).toBe(1);
    expect(err).toMatch(/shop: policy\.approvals\.0\.from\.teams: nobody .* team payments\n +add them to people\.yaml/);

    const twice = [
      { key: 'ada', name: 'Ada', ids: { slack: 'U1' } },
      { key: 'bob', name: 'Bob', ids: { slack: 'U1' } },
    ];
    files({ 'people.yaml': JSON.stringify({ people: twice }) });
    expect(signalbox(['gateway'], { SIGNALBOX_TOKEN: 't' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /people\.yaml: people\.1\.ids\.slack: slack U1 is ada already: mend it, .*people check/,
      ),
    });
  });
});

describe('signalbox gateway', () => {
  it('hears what is said to this program alone, and ends with it', async () => {
    const [port, gone] = [
      await freePort(),
      () =>
        fetch(`http://127.0.0.1:${port}/healthz`).then(
          () => false,
          () => true,
        ),
    ];
    files({
      'shop.git/HEAD': '',
      'signalbox.config.yaml': JSON.stringify({ repos: [{ name: 'shop', url: 'shop.git' }], gateway: { port } }),
    });
    const child = spawn(process.execPath, [MAIN, 'gateway'], {
      ...{ cwd: directory, stdio: 'ignore' },
      env: { PATH: process.env.PATH, HOME: directory, TEMPORAL_ADDRESS: '127.0.0.1:9', SIGNALBOX_TOKEN: 't' },
    });
    const ended = once(child, 'exit');
    await eventually(async () => !(await gone()));
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(0);
    expect(await gone()).toBe(true);
  });
});

describe('what is in quarantine', () => {
  const ID = 'github/0123456789abcdef01234567';
  const body = Buffer.from('{"action":"brewed\u001b[31m"}').toString('base64');
  const kept = {
    door: 'github',
    reason: 'GitHub does not document\nthe event coffee',
    at: '2026-01-01T00:00:00.000Z',
    body,
  };

  it('is listed, shown without what a terminal would obey, and thrown away', () => {
    const entry = JSON.stringify({ ...kept, headers: { 'x-github-event': 'coffee' } });
    files({ [`.signalbox/quarantine/${ID}.json`]: entry });
    expect(signalbox(['quarantine', 'ls']).out).toMatch(
      /^github\/0123456789abcdef01234567 .* document the event coffee\n$/,
    );
    const { out } = signalbox(['quarantine', 'show', ID]);
    expect(out).toContain('x-github-event: coffee');
    expect(out).toContain('{"action":"brewed\\u{1b}[31m"}');
    expect(JSON.parse(signalbox(['quarantine', 'show', ID, '--json']).out)).toMatchObject({ door: 'github' });
    expect(signalbox(['quarantine', 'rm', ID])).toMatchObject({ code: 0 });
    expect(JSON.parse(signalbox(['quarantine', 'ls', '--json']).out)).toEqual([]);
    expect(signalbox(['quarantine', 'rm', ID])).toMatchObject({ code: 1, err: expect.stringContaining('there is no') });
    expect(signalbox(['quarantine', 'show', '../../etc/passwd'])).toMatchObject({ code: 1 });
  });
});
