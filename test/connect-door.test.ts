import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDoors } from '../gateway/doors/index.js';
import { testGateway } from '../gateway/testing.js';
import { loadConfig } from '../temporal.config.js';

// The built command as a process, against the real doors.

const { installDir } = loadConfig();

describe('signalbox connect', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-connect-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  function run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { PATH: process.env.PATH, HOME: directory, SIGNALBOX_STATE: join(directory, 'state') };
    const program = join(installDir, 'dist/cli/main.js');
    return new Promise((done) => {
      execFile(process.execPath, [program, 'connect', ...args], { env, cwd: directory }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
    });
  }

  it('makes a secret that nobody else reads, says where everything goes, and shows it to nobody', async () => {
    expect((await run(['github'])).stderr).toContain('--yes');
    const { stdout } = await run([
      'github',
      '--yes',
      '--json',
      '--url',
      'https://sb.example.com/',
      '--gateway',
      'http://127.0.0.1:1',
    ]);
    const file = join(directory, 'state', 'secrets', 'GITHUB_WEBHOOK_SECRET');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ address: 'https://sb.example.com/webhooks/github', secret: { made: true, file } },
      environment: [`GITHUB_WEBHOOK_SECRET_FILE=${file}`],
      accounts: [{ variable: 'GITHUB_TOKEN', set: false }],
      test: { ok: false, remedy: expect.stringContaining('start the gateway') },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secret = readFileSync(file, 'utf8').trim();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(stdout).not.toContain(secret);
    await run(['github', '--yes']);
    expect(readFileSync(file, 'utf8').trim()).toBe(secret);
  });

  it('lists the doors, and refuses one that there is not', async () => {
    expect((await run([])).stdout).toContain('signalbox connect linear');
    expect((await run([])).stdout).toContain('signalbox connect slack');
    expect(await run(['fax'])).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no door "fax"') });
    expect((await run(['webhook', '--yes'])).stderr).toContain('describe the sender under `doors.webhooks`');
  });

  it.each([
    ['linear', 'LINEAR_WEBHOOK_SECRET'],
    ['pagerduty', 'PAGERDUTY_WEBHOOK_SECRET'],
    ['slack', 'SLACK_SIGNING_SECRET'],
  ])('makes no secret where %s makes it, and says where it goes', async (door, variable) => {
    const { code, stdout } = await run([door, '--yes', '--json']);
    const file = join(directory, 'state', 'secrets', variable);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ secret: { made: false, given: false, file }, environment: [`${variable}_FILE=${file}`] },
    });
    expect(existsSync(file)).toBe(false);
    expect((await run([door])).stdout).toContain(`put it into ${file}, then run this again`);
  });

  it('leaves the state directory open for the sandboxes, which pass through it', () => {
    expect(statSync(join(directory, 'state')).mode & 0o055).toBe(0o055);
    expect(statSync(join(directory, 'state', 'secrets')).mode & 0o077).toBe(0);
  });

  describe.each(['linear', 'github', 'gitea', 'jira'] as const)('tests the door %s', (door) => {
    let url = '';
    let close: () => void = () => undefined;
    let gateway: ReturnType<typeof testGateway>;
    beforeAll(async () => {
      const file = join(directory, 'state', 'secrets', `${door.toUpperCase()}_WEBHOOK_SECRET`);
      if (door === 'linear') writeFileSync(file, 'as Linear has made it');
      else await run([door, '--yes']);
      const webhookSecrets = { [door]: [readFileSync(file, 'utf8').trim()] };
      gateway = testGateway({ doors: openDoors({ ...loadConfig({ HOME: directory }, directory), webhookSecrets }) });
      const port = await new Promise<number>((listening) => {
        const options = { fetch: gateway.app.fetch, port: 0, hostname: '127.0.0.1' };
        const server = serve(options, (info) => listening(info.port));
        close = () => void server.close();
      });
      url = `http://127.0.0.1:${port}`;
    });
    afterAll(() => close());

    it('with a delivery that it verifies and that starts nothing', async () => {
      const { code, stdout } = await run([door, '--yes', '--json', '--gateway', url]);
      expect(JSON.parse(stdout).test).toMatchObject({ ok: true });
      expect(code).toBe(0);
      expect([gateway.signals, gateway.kept]).toEqual([[], []]);
    });
  });
});
