import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readBuildId } from '../infra/build-id.js';
import { loadConfig } from '../temporal.config.js';

// What a build is called: scripts/build-id.mjs, on installations as they come.

const SCRIPT = pathToFileURL(join(loadConfig().installDir, 'scripts/build-id.mjs')).href;

describe('the build id', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'signalbox-build-id-'));
    for (const part of ['workers', 'workflows', 'activities', 'adapters', 'schemas', 'repair', 'tools', 'infra']) {
      mkdirSync(join(root, 'dist', part), { recursive: true });
    }
    write('dist/workflow-bundle.js', 'bundle');
    write('dist/activities/merge.js', 'merge');
    write('.gitignore', 'dist/');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, text: string) => writeFileSync(join(root, path), text);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], { cwd: root, encoding: 'utf8' }).trim();
  const named = (directory = root) =>
    execFileSync(process.execPath, [
      ...['--input-type=module', '-e'],
      `import { buildId } from '${SCRIPT}'; process.stdout.write(buildId(${JSON.stringify(directory)}));`,
    ]).toString();

  function commit(): string {
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'all');
    return git('rev-parse', 'HEAD').slice(0, 12);
  }

  it('is the commit', () => {
    const head = commit();
    expect(named()).toBe(head);
  });

  it('is the commit with a digest of the build when there is more than the commit has', () => {
    const head = commit();
    write('more.ts', '');
    const dirty = named();
    expect(dirty).toMatch(new RegExp(`^${head}-[0-9a-f]{6}$`));
    expect(named()).toBe(dirty);
    write('dist/activities/merge.js', 'merge in another way');
    expect(named()).not.toBe(dirty);
  });

  it('is a digest of the build where there is no git, and inside of another repository', () => {
    const alone = named();
    expect(alone).toMatch(/^[0-9a-f]{12}$/);
    const elsewhere = join(root, 'vendored');
    execFileSync('cp', ['-r', root, `${root}-copy`]);
    execFileSync('mv', [`${root}-copy`, elsewhere]);
    commit();
    expect(named(elsewhere)).toBe(alone);
  });

  it('comes with the build, and without one says what to do', () => {
    write('dist/build-id', 'abc\n');
    expect(readBuildId(root)).toBe('abc');
    rmSync(join(root, 'dist/build-id'));
    expect(() => readBuildId(root)).toThrow('run `npm run build`');
  });
});
