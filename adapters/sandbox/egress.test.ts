import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SetupStep } from '../../schemas/blueprint.js';
import { createProxy, isInside, type ProxyRules } from './proxy.js';
import { type Bench, createBench, PATH } from './testing.js';

const LIMITS = { memoryMiB: 2048, processes: 256, diskMiB: 256, outputBytes: 64 * 1024 };

describe('addresses inside', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.20.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
  ])('counts %s as inside', (address) => expect(isInside(address)).toBe(true));
  it.each([
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'not an address',
  ])('counts %s as inside', (address) => expect(isInside(address)).toBe(true));
  it.each(['8.8.8.8', '172.32.0.1', '1.1.1.1', '2606:4700::1111'])('counts %s as outside', (address) => {
    expect(isInside(address)).toBe(false);
  });
});

describe('proxy of set-up', () => {
  let target: Server;
  let port: number;
  const asked: string[] = [];

  beforeAll(async () => {
    target = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.end('hello');
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    ({ port } = target.address() as AddressInfo);
  });
  afterAll(() => {
    target.close();
  });

  /** Sends raw bytes to a proxy with these rules and returns its answer. */
  async function ask(
    rules: ProxyRules,
    text: string,
  ): Promise<{ readonly answer: string; readonly refusals: string[] }> {
    const { server, refusals } = createProxy(rules);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write(text);
    await once(socket, 'close');
    server.close();
    return { answer, refusals: [...refusals] };
  }
  const tunnel = (authority: string) =>
    `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\nGET /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  const trusted = () => [{ host: '127.0.0.1', port }];

  it('connects to a registry of this machine, wherever it is, on exactly its port', async () => {
    const { answer } = await ask({ trusted: trusted(), named: [] }, tunnel(`127.0.0.1:${port}`));
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*hello$/s);
    const other = await ask(
      { trusted: [{ host: '127.0.0.1', port: port + 1 }], named: [] },
      tunnel(`127.0.0.1:${port}`),
    );
    expect(other.answer).toMatch(/^HTTP\/1\.1 403/);
    expect(other.refusals).toEqual([`127.0.0.1:${port} (not named in the set-up step)`]);
  });

  it('connects to nothing that is not named', async () => {
    for (const authority of ['example.com:443', 'localhost:443', 'x@127.0.0.1:443', '[::1]:443', '', 'a b']) {
      expect((await ask({ trusted: trusted(), named: ['registry.test'] }, tunnel(authority))).answer).toMatch(
        /^HTTP\/1\.1 40[03]/,
      );
    }
  });

  it('takes a named host on its HTTPS port only, and only outside this network', async () => {
    const rules = { trusted: [], named: ['localhost', '127.0.0.1', '169.254.169.254'] };
    for (const host of rules.named) {
      const { answer, refusals } = await ask(rules, tunnel(`${host}:443`));
      expect(answer).toMatch(/^HTTP\/1\.1 403/);
      expect(refusals).toEqual([`${host}:443 (an address inside this network)`]);
    }
    expect((await ask(rules, tunnel(`localhost:${port}`))).refusals[0]).toContain('not named');
  });

  it('passes plain HTTP on to a registry that this machine names so, and to nothing else', async () => {
    const get = (url: string) => `GET ${url} HTTP/1.1\r\nhost: spoofed\r\nconnection: close\r\n\r\n`;
    const { answer } = await ask({ trusted: trusted(), named: [] }, get(`http://127.0.0.1:${port}/pkg?x=1`));
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*hello/s);
    expect(asked.at(-1)).toBe(`GET /pkg?x=1 127.0.0.1:${port}`);
    for (const url of ['/pkg', `http://localhost:${port}/`, 'https://127.0.0.1/', 'file:///etc/passwd']) {
      expect((await ask({ trusted: trusted(), named: [] }, get(url))).answer).toMatch(/^HTTP\/1\.1 403/);
    }
  });
});

describe('installing from the registries of this machine', () => {
  let bench: Bench;
  let root: string;
  let registry: Server;
  let origin: string;
  const served = new Map<string, { readonly type: string; readonly body: Buffer }>();

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'registry-'));
    registry = createServer((request, response) => {
      const found = served.get(request.url ?? '');
      if (found) response.writeHead(200, { 'content-type': found.type }).end(found.body);
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    origin = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
    // This machine is configured to use that registry: its own programs say so.
    for (const [program, setting] of [
      ['npm', `npm_config_registry=${origin}/npm/`],
      ['python3', `PIP_INDEX_URL=${origin.replace('//', '//user:secret@')}/simple`],
    ] as const) {
      const real = PATH.split(':')
        .map((directory) => join(directory, program))
        .find(existsSync);
      writeFileSync(join(root, program), `#!/bin/sh\n${setting} exec ${real} "$@"\n`, { mode: 0o755 });
    }
    bench = createBench({ path: `${root}:${PATH}` });
  });
  afterAll(() => {
    registry.close();
    bench.remove();
    rmSync(root, { recursive: true });
  });

  const prepare = async (files: Readonly<Record<string, string>>, step: Partial<SetupStep>) => {
    const { tree } = await bench.commit(files, step.name);
    const whole = { name: 'x', in: '.', command: '', lockfiles: [], registries: [], hosts: [], timeout: '1m', ...step };
    const { layer } = await bench.host.workspaces.prepare({
      repo: 'app',
      tree,
      step: whole as SetupStep,
      layers: [],
      limits: LIMITS,
    });
    return bench.host.workspaces.open({ repo: 'app', tree, layers: [layer], limits: LIMITS });
  };

  /** A package whose install script would leave a trace. */
  function npmPackage(): string {
    mkdirSync(join(root, 'package'));
    const manifest = {
      name: 'greet',
      version: '1.0.0',
      main: 'index.js',
      scripts: { install: 'touch /workspace/pwned' },
    };
    writeFileSync(join(root, 'package/package.json'), JSON.stringify(manifest));
    writeFileSync(join(root, 'package/index.js'), 'module.exports = "hello from npm";');
    execFileSync('tar', ['-czf', 'greet.tgz', 'package'], { cwd: root });
    const body = readFileSync(join(root, 'greet.tgz'));
    served.set('/npm/greet/-/greet-1.0.0.tgz', { type: 'application/octet-stream', body });
    const integrity = `sha512-${createHash('sha512').update(body).digest('base64')}`;
    const dist = { integrity, tarball: `${origin}/npm/greet/-/greet-1.0.0.tgz` };
    const about = { name: 'greet', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { ...manifest, dist } } };
    served.set('/npm/greet', { type: 'application/json', body: Buffer.from(JSON.stringify(about)) });
    return integrity;
  }

  it('installs npm packages by their lockfile, without running their scripts', async () => {
    const integrity = npmPackage();
    const dependencies = { greet: '1.0.0' };
    const lock = {
      name: 'app',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'app', version: '1.0.0', dependencies },
        'node_modules/greet': { version: '1.0.0', integrity, hasInstallScript: true },
      },
    };
    const files = {
      'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies }),
      'package-lock.json': JSON.stringify(lock),
    };
    const command = 'npm ci --ignore-scripts --no-audit --no-fund';
    const workspace = await prepare(files, {
      name: 'npm',
      command,
      lockfiles: ['package-lock.json'],
      registries: ['npm'],
    });
    try {
      const used = await workspace.exec({ command: ['node', '-p', 'require("greet")'], timeoutMs: 10_000 });
      expect(used.stdout).toBe('hello from npm\n');
      expect(await workspace.exec({ command: 'test -e pwned', timeoutMs: 5000 })).toMatchObject({ exitCode: 1 });
    } finally {
      await workspace.close();
    }
  });

  it('installs Python packages by their hashes, and sees no password of the machine', async () => {
    const wheel = 'greet-1.0.0-py3-none-any.whl';
    const write = [
      'import zipfile, sys',
      'z = zipfile.ZipFile(sys.argv[1], "w")',
      'z.writestr("greet.py", "text = \'hello from pypi\'\\n")',
      'z.writestr("greet-1.0.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0.0\\n")',
      'z.writestr("greet-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")',
      'z.writestr("greet-1.0.0.dist-info/RECORD", "greet.py,,\\n")',
      'z.close()',
    ].join('\n');
    execFileSync('python3', ['-c', write, join(root, wheel)]);
    const body = readFileSync(join(root, wheel));
    const sha256 = createHash('sha256').update(body).digest('hex');
    served.set(`/files/${wheel}`, { type: 'application/octet-stream', body });
    const page = Buffer.from(
      `<!DOCTYPE html><html><body><a href="/files/${wheel}#sha256=${sha256}">${wheel}</a></body></html>`,
    );
    served.set('/simple/greet/', { type: 'text/html', body: page });
    const command =
      'env >environment.txt && python3 -m pip install --quiet --require-hashes --no-deps --target .deps -r requirements.lock';
    const files = { 'requirements.lock': `greet==1.0.0 --hash=sha256:${sha256}\n` };
    const workspace = await prepare(files, {
      name: 'pypi',
      command,
      lockfiles: ['requirements.lock'],
      registries: ['pypi'],
    });
    try {
      const used = await workspace.exec({
        command: 'PYTHONPATH=.deps python3 -c "import greet; print(greet.text)"',
        timeoutMs: 10_000,
      });
      expect(used.stdout).toBe('hello from pypi\n');
      const { stdout } = await workspace.exec({ command: 'cat environment.txt', timeoutMs: 5000 });
      expect(stdout).toContain(`PIP_INDEX_URL=${origin}/simple`);
      expect(stdout).not.toContain('secret');
    } finally {
      await workspace.close();
    }
  });

  it('reaches nothing else meanwhile, and says what was refused', async () => {
    const command = `node -e "
      const { request } = require('node:http');
      request({ port: new URL(process.env.HTTPS_PROXY).port, method: 'CONNECT', path: 'example.com:443' })
        .on('connect', (answer) => process.exit(answer.statusCode === 403 ? 9 : 0)).end()"`;
    const refused = prepare({ lock: '1' }, { name: 'other', command, lockfiles: ['lock'], registries: ['npm'] });
    await expect(refused).rejects.toThrow(/exit code 9.*The network refused: example.com:443 \(not named/s);
  });
});
