// The user's own test command, started as a process: what a repair without warm runners would pay per candidate.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import picomatch from 'picomatch';
import type { BugCase } from './cases.js';

export interface Spawned {
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

interface Run {
  readonly bug: BugCase;
  readonly directory: string;
  /** Globs, from the root of the case. */
  readonly tests: readonly string[];
}

// A bug may hang: its test command then costs this much.
const LIMIT_MS = 10_000;

export function runTests({ bug, directory, tests }: Run): Spawned {
  const matches = picomatch([...tests]);
  const files = readdirSync(directory, { recursive: true })
    .map(String)
    .filter((file) => matches(file) && /\.(py|[mc]?[jt]s)$/.test(file));
  const { command, args } = commandFor({ bug, files });
  const started = performance.now();
  const done = spawnSync(command, args, {
    cwd: directory,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: {
      ...process.env,
      PYTHONPATH: directory,
      PYTHONDONTWRITEBYTECODE: '1',
      NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
    },
  });
  return {
    passed: done.status === 0,
    seconds: (performance.now() - started) / 1000,
    output: `${done.stdout}${done.stderr}`,
  };
}

function commandFor({ bug, files }: { readonly bug: BugCase; readonly files: readonly string[] }): {
  command: string;
  args: readonly string[];
} {
  const { runner } = bug.description.module;
  if (runner === 'pytest')
    return { command: 'python3', args: ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', ...files] };
  if (runner === 'unittest')
    return {
      command: 'python3',
      args: ['-m', 'unittest', ...files.map((file) => file.replace(/\.py$/, '').split(path.sep).join('.'))],
    };
  if (runner === 'node-test' && !files.some((file) => /ts$/.test(file)))
    return { command: process.execPath, args: ['--test', ...files] };
  const jest = path.join(path.dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
  const transform = { '^.+\\.[jt]s$': [createRequire(import.meta.url).resolve('@swc/jest'), {}] };
  const config = {
    rootDir: '.',
    testMatch: files.map((file) => `<rootDir>/${file}`),
    transform,
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    haste: { forceNodeFilesystemAPI: true },
  };
  return {
    command: process.execPath,
    args: [jest, '--config', JSON.stringify(config), '--no-cache', '--watchman=false'],
  };
}
