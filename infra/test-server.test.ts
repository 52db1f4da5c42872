import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

// The search runs as a process of its own with a PATH that holds only what a test puts there.

const SERVER = '#!/bin/sh\necho "Flags: --enable-time-skipping" >&2';

describe('finding the time-skipping test server', () => {
  let root: string;
  const cacheDir = () => join(root, 'cache');
  const cached = () => join(cacheDir(), 'temporal-test-server-1.38.0/temporal-test-server');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'signalbox-test-server-'));
    mkdirSync(join(root, 'bin'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function program(path: string, content: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, 0o755);
  }

  function find(): { found: string | undefined; said: string; error: string } {
    const script = `import { findTestServer } from '${process.cwd()}/dist/infra/test-server.js';
      const say = (line) => console.error(line);
      console.log(await findTestServer({ cacheDir: '${cacheDir()}', say }).catch((error) => {
        console.log('refused');
        return error.message;
      }));`;
    // Nothing listens at port 9, so the SDK's download is refused at once and without a network.
    const env = { PATH: join(root, 'bin'), HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env,
      encoding: 'utf8',
    });
    const refused = stdout.startsWith('refused\n');
    return { found: refused ? undefined : stdout.trim(), said: stderr, error: refused ? stdout : '' };
  }

  it('takes the cached one', () => {
    program(cached(), SERVER);
    expect(find()).toEqual({ found: cached(), said: '', error: '' });
  });

  it('has Maven bring it as a Java program where the download is refused, and clears up', () => {
    program(join(root, 'bin/java'), SERVER);
    // As the system has it: the wrapper looks for its own directory.
    program(join(root, 'bin/dirname'), '#!/bin/sh\nexec /usr/bin/dirname "$@"');
    program(
      join(root, 'bin/mvn'),
      `#!/bin/sh
PATH=/usr/bin:/bin
for last; do :; done
grep -q '<artifactId>temporal-test-server</artifactId>' "$4" && mkdir -p "\${last#*=}"`,
    );
    const { found, said } = find();
    expect(found).toBe(cached());
    expect(said).toMatch(/SDK's download: .*Maven/s);
    expect(readdirSync(cacheDir())).toEqual(['temporal-test-server-1.38.0']);
    expect(find()).toEqual({ found: cached(), said: '', error: '' });
  });

  it('lists every attempt and what to do when all fail, and leaves nothing behind', () => {
    program(cached(), '#!/bin/sh\necho a calendar');
    const { found, error } = find();
    expect(found).toBeUndefined();
    for (const attempt of ['the cache: ', "SDK's download: ", 'by Maven: there is no java', 'install a Java runtime'])
      expect(error).toContain(attempt);
    expect(readdirSync(cacheDir())).toEqual(['temporal-test-server-1.38.0']);
  });
});
