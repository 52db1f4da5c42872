import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { preflight } from '../../infra/preflight.js';
import { loadConfig } from '../../temporal.config.js';
import { createHoldouts } from './holdouts.js';

describe('hold-outs as an operator keeps them', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'holdouts-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const keep = (text: string) => writeFileSync(join(directory, 'holdouts.yaml'), text);
  const read = (repo = 'app') => createHoldouts({ app: directory }).read(repo);

  it('are commands, with files that only they see', async () => {
    mkdirSync(join(directory, 'late/data'), { recursive: true });
    writeFileSync(join(directory, 'late/run.mjs'), 'run');
    writeFileSync(join(directory, 'late/data/bytes'), Buffer.from([0, 255]));
    keep(
      stringify({
        scenarios: [
          { name: 'late', command: 'node x', files: 'late' },
          { name: 'plain', command: 'y' },
        ],
      }),
    );
    expect(await read()).toEqual([
      {
        name: 'late',
        command: 'node x',
        in: '.',
        timeout: '5m',
        files: [
          { path: 'data/bytes', content: Buffer.from([0, 255]) },
          { path: 'run.mjs', content: Buffer.from('run') },
        ],
      },
      { name: 'plain', command: 'y', in: '.', timeout: '5m', files: [] },
    ]);
  });

  it.each(['other', 'constructor'])('are none for a repo that names no directory: %s', async (repo) => {
    expect(await read(repo)).toEqual([]);
  });

  it.each([
    ['no list', '', /expected object|scenarios/],
    ['no YAML', 'scenarios: [', /not YAML/],
    [
      'a field that nobody knows',
      stringify({ scenarios: [{ name: 'a', command: 'b', file: 'c' }] }),
      /unknown field file/,
    ],
    [
      'files elsewhere',
      stringify({ scenarios: [{ name: 'a', command: 'b', files: '../c' }] }),
      /a path beside the file/,
    ],
    ['files that are not there', stringify({ scenarios: [{ name: 'a', command: 'b', files: 'c' }] }), /no such file/],
  ])('are refused with %s', async (_, text, message) => {
    keep(text);
    await expect(read()).rejects.toMatchObject({ name: 'RefusedInput', message: expect.stringMatching(message) });
  });

  it('are refused when the list is missing, and when a file is a link', async () => {
    await expect(read()).rejects.toMatchObject({ name: 'RefusedInput' });
    mkdirSync(join(directory, 'late'));
    symlinkSync('/etc/passwd', join(directory, 'late/passwd'));
    keep(stringify({ scenarios: [{ name: 'late', command: 'x', files: 'late' }] }));
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('passwd is not a plain file') });
  });

  it('are named by the configuration, from where its file is, and missed by a worker that lacks them', () => {
    const repo = { name: 'app', url: '../app.git', holdouts: '../kept' };
    mkdirSync(join(directory, 'etc'));
    const file = join(directory, 'etc/signalbox.config.yaml');
    writeFileSync(file, stringify({ repos: [repo] }));
    const config = loadConfig({ SIGNALBOX_CONFIG: file, HOME: directory });
    expect(config.repos).toMatchObject([{ holdouts: join(directory, 'kept') }]);
    const missing = () => preflight(config, 'worker').filter(({ problem }) => problem.includes('holdouts.yaml'));
    expect(missing()).toHaveLength(1);
    mkdirSync(join(directory, 'kept'));
    writeFileSync(join(directory, 'kept/holdouts.yaml'), '');
    expect(missing()).toEqual([]);
  });
});
