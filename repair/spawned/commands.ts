// How each runner is started by itself, and how its report is read.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unsupported } from '../runner.js';
import type { Command } from './command.js';
import { type Executed, readIstanbul, readV8 } from './executed.js';
import { type Reported, readJest, readLines } from './reports.js';

export interface Place {
  /** Absolute. */
  readonly root: string;
  /** From the root. */
  readonly module: string;
}

export interface Wish {
  /** Test files, from the root. */
  readonly files: readonly string[];
  /** An empty directory for what the runner writes. */
  readonly scratch: string;
  /** Whether it is to say which lines run. */
  readonly coverage: boolean;
  /** Only the test of this title path. */
  readonly only?: readonly string[];
}

export interface Spawned {
  command(wish: Wish): Command;
  report(scratch: string): readonly Reported[];
  /** Undefined where the runner can't tell. */
  executed(scratch: string, nameOf: (file: string) => string | undefined): Executed | undefined;
}

const REPORT = 'report';
const COVERAGE = 'coverage';

const ours = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Throws `Unsupported` when the runner is not there. */
export function spawnedRunner(runner: string, place: Place): Spawned {
  if (runner === 'pytest' || runner === 'unittest') return python(runner, place);
  if (runner === 'node-test') return nodeTest(place);
  if (runner === 'mocha') return mocha(place);
  return runner === 'vitest' ? vitest(place) : jest(place);
}

function nodeTest(place: Place): Spawned {
  const base = path.join(place.root, place.module);
  return {
    ...linesAndV8(place),
    command: ({ files, scratch, coverage, only }) => {
      const report = [
        `--test-reporter=${ours('./node-reporter.cjs')}`,
        `--test-reporter-destination=${path.join(scratch, REPORT)}`,
      ];
      const chosen = only ? [`--test-name-pattern=^${escaped(only.at(-1) ?? '')}$`] : [];
      const argv = [
        process.execPath,
        ...typeScriptLoader(base, files),
        '--test',
        ...report,
        ...chosen,
        ...absolute(place, files),
      ];
      return { argv, cwd: base, env: v8(scratch, coverage) };
    },
  };
}

function typeScriptLoader(base: string, files: readonly string[]): readonly string[] {
  const typescript = files.find((file) => /\.[mc]?tsx?$/.test(file));
  const strips = (process.features as { readonly typescript?: unknown }).typescript;
  if (typescript === undefined || (strips && !typescript.endsWith('x'))) return [];
  installed('tsx', base);
  return ['--import', 'tsx'];
}

function mocha(place: Place): Spawned {
  const base = path.join(place.root, place.module);
  const program = installed('mocha', base);
  return {
    ...linesAndV8(place),
    command: ({ files, scratch, coverage, only }) => {
      const report = [
        '--reporter',
        ours('./mocha-reporter.cjs'),
        '--reporter-option',
        `output=${path.join(scratch, REPORT)}`,
      ];
      const chosen = only ? ['--grep', `^${escaped(only.join(' '))}$`] : [];
      const argv = [process.execPath, program, ...report, '--exit', ...chosen, ...absolute(place, files)];
      return { argv, cwd: base, env: v8(scratch, coverage) };
    },
  };
}

function jest(place: Place): Spawned {
  const base = path.join(place.root, place.module);
  const program = installed('jest', base);
  return {
    command: ({ files, scratch, coverage, only }) => {
      const fixed = ['--json', `--outputFile=${path.join(scratch, REPORT)}`, '--ci', '--watchman=false', '--forceExit'];
      const cache = [`--cacheDirectory=${path.join(path.dirname(scratch), 'cache')}`];
      const chosen = only ? ['--testNamePattern', `^${escaped(only.join(' '))}$`] : [];
      const lines = coverage ? coverageOptions(scratch) : ['--coverage=false'];
      const tests = ['--runTestsByPath', ...absolute(place, files)];
      // Suites of ES modules need the flag; the others do not mind it.
      const env = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules`.trim() };
      return { argv: [process.execPath, program, ...fixed, ...cache, ...lines, ...chosen, ...tests], cwd: base, env };
    },
    report: (scratch) => readJest({ ...place, report: path.join(scratch, REPORT) }),
    executed: (scratch, nameOf) => readIstanbul(path.join(scratch, COVERAGE), nameOf),
  };
}

function coverageOptions(scratch: string): readonly string[] {
  const directory = `--coverageDirectory=${path.join(scratch, COVERAGE)}`;
  return ['--coverage', '--coverageReporters=json', directory, '--coverageThreshold={}'];
}

function vitest(place: Place): Spawned {
  const base = path.join(place.root, place.module);
  const program = installed('vitest', base);
  const provider = ['v8', 'istanbul'].find((name) => packageOf(`@vitest/coverage-${name}`, base));
  return {
    command: ({ files, scratch, coverage, only }) => {
      const fixed = ['run', '--reporter=json', `--outputFile=${path.join(scratch, REPORT)}`];
      const lines =
        coverage && provider
          ? [
              'enabled',
              `provider=${provider}`,
              'reporter=json',
              `reportsDirectory=${path.join(scratch, COVERAGE)}`,
              'reportOnFailure',
            ].map((option) => `--coverage.${option}`)
          : ['--coverage.enabled=false'];
      const chosen = only ? ['--testNamePattern', `^${escaped(only.join(' '))}$`] : [];
      return {
        argv: [process.execPath, program, ...fixed, ...lines, ...chosen, ...absolute(place, files)],
        cwd: base,
        env: {},
      };
    },
    report: (scratch) => readJest({ ...place, report: path.join(scratch, REPORT) }),
    executed: (scratch, nameOf) => readIstanbul(path.join(scratch, COVERAGE), nameOf),
  };
}

function python(runner: 'pytest' | 'unittest', place: Place): Spawned {
  const base = path.join(place.root, place.module);
  const own = [base, place.root].flatMap((directory) =>
    ['.venv', 'venv'].map((name) => path.join(directory, name, 'bin', 'python')),
  );
  const interpreter = own.find((file) => existsSync(file)) ?? 'python3';
  return {
    command: ({ files, scratch }) => ({
      argv: [
        interpreter,
        '-B',
        ours('../python/spawned.py'),
        runner,
        place.root,
        place.module,
        path.join(scratch, REPORT),
        ...absolute(place, files),
      ],
      cwd: base,
      // Bytecode of the text before an edit must not be taken for that of the edit.
      env: { PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1', PYTHONPYCACHEPREFIX: path.join(scratch, 'bytecode') },
    }),
    report: (scratch) => readLines({ ...place, report: path.join(scratch, REPORT) }),
    // It is in the report, test by test.
    executed: () => undefined,
  };
}

function linesAndV8(place: Place): Pick<Spawned, 'report' | 'executed'> {
  return {
    report: (scratch) => readLines({ ...place, report: path.join(scratch, REPORT) }),
    executed: (scratch, nameOf) => readV8(path.join(scratch, COVERAGE), nameOf),
  };
}

function v8(scratch: string, coverage: boolean): Readonly<Record<string, string>> {
  return coverage ? { NODE_V8_COVERAGE: path.join(scratch, COVERAGE) } : {};
}

function absolute({ root }: Place, files: readonly string[]): readonly string[] {
  return files.map((file) => path.join(root, file));
}

function escaped(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** The program of a package, as the module would find it. */
function installed(name: string, base: string): string {
  const home = packageOf(name, base);
  if (home === undefined)
    throw new Unsupported(
      `${name} is not installed for ${base === '.' ? 'the repository' : base}: a set-up step must install it`,
    );
  const { bin } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>;
  };
  return path.join(home, (typeof bin === 'string' ? bin : bin?.[name]) ?? '');
}

function packageOf(name: string, base: string): string | undefined {
  for (let directory = base; ; directory = path.dirname(directory)) {
    const home = path.join(directory, 'node_modules', name);
    if (existsSync(path.join(home, 'package.json'))) return home;
    if (directory === path.dirname(directory)) return undefined;
  }
}
