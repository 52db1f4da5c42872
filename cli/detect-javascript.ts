import type { Module } from '../schemas/blueprint.js';

// A module with a package.json: its package manager, test runner and checks.

export interface Part {
  readonly path: string;
  readonly name: string;
  /** From the directory of the part. */
  readonly files: readonly string[];
  read(file: string): string;
}

export interface DetectedModule {
  readonly name: string;
  readonly module: Module;
  readonly setup?: {
    readonly command: string;
    readonly lockfiles: string[];
    readonly registries: ('npm' | 'pypi')[];
  };
  readonly checks: readonly { readonly name: string; readonly command: string }[];
  readonly tests: { readonly command: string; readonly report?: string };
  readonly notes: readonly string[];
}

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const REPORT = 'reports/junit.xml';
const TEST_FILE = /(?:^|\/)(?:tests?|__tests__)\/.*\.[cm]?[jt]sx?$|[._-]test\.[cm]?[jt]sx?$|\.spec\.[cm]?[jt]sx?$/;

const INSTALLS = [
  ['package-lock.json', 'npm ci --ignore-scripts'],
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile --ignore-scripts'],
  ['yarn.lock', 'yarn install --frozen-lockfile --ignore-scripts'],
] as const;

export function javascriptModule(part: Part): DetectedModule | undefined {
  if (!part.files.includes('package.json')) return undefined;
  const manifest = JSON.parse(part.read('package.json')) as Manifest;
  const packages = { ...manifest.dependencies, ...manifest.devDependencies };
  const tests = part.files.filter((file) => TEST_FILE.test(file));
  const runner = testRunner(manifest.scripts?.test ?? '', packages);
  if (!runner || tests.length === 0) return undefined;
  const sources = part.files.filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !TEST_FILE.test(file));
  const typescript = sources.some((file) => /\.[cm]?tsx?$/.test(file));
  const gate = testGate(runner, manifest.scripts?.test ?? '', packages);
  const install = INSTALLS.find(([lockfile]) => part.files.includes(lockfile));
  const lockfiles = install ? [install[0], 'package.json', ...part.files.filter((file) => file === '.npmrc')] : [];
  const dependent = Object.keys(packages).length > 0;
  return {
    name: part.name,
    module: {
      path: part.path,
      language: typescript ? 'typescript' : 'javascript',
      runner,
      sources: globs(sources),
      tests: globs(tests),
    },
    ...(install && dependent ? { setup: { command: install[1], lockfiles, registries: ['npm'] } } : {}),
    checks: ['check', 'typecheck', 'lint'].flatMap((name) =>
      manifest.scripts?.[name] ? [{ name, command: `npm run ${name}` }] : [],
    ),
    tests: gate,
    notes: [
      ...(dependent && !install ? ['commit a lockfile: without one the packages are not installed'] : []),
      ...(gate.report
        ? []
        : ['add jest-junit to devDependencies and a report to the gate: then "no tests ran" is noticed']),
    ],
  };
}

function testRunner(script: string, packages: Readonly<Record<string, string>>): Module['runner'] | undefined {
  if (/\bnode\b.*--test\b/.test(script)) return 'node-test';
  const known = ['vitest', 'jest', 'mocha'] as const;
  return known.find((name) => new RegExp(`\\b${name}\\b`).test(script)) ?? known.find((name) => name in packages);
}

function testGate(
  runner: Module['runner'],
  script: string,
  packages: Readonly<Record<string, string>>,
): DetectedModule['tests'] {
  const made = `mkdir -p ${REPORT.split('/')[0]} &&`;
  if (runner === 'vitest')
    return { command: `npx --no-install vitest run --reporter=junit --outputFile=${REPORT}`, report: REPORT };
  if (runner === 'mocha') {
    return { command: `npx --no-install mocha --reporter xunit --reporter-option output=${REPORT}`, report: REPORT };
  }
  if (runner === 'node-test') {
    const reporter = `--test --test-reporter=junit --test-reporter-destination=${REPORT}`;
    return { command: `${made} ${script.replace(/--test\b(?!-)/, reporter)}`, report: REPORT };
  }
  if (!('jest-junit' in packages)) return { command: 'npx --no-install jest --ci' };
  return {
    command: `JEST_JUNIT_OUTPUT_FILE=${REPORT} npx --no-install jest --ci --reporters=jest-junit`,
    report: REPORT,
  };
}

/** One glob per top directory (or the root) and extension. */
export function globs(files: readonly string[]): string[] {
  const found = new Set<string>();
  for (const file of files) {
    const slash = file.indexOf('/');
    const extension = file.slice(file.lastIndexOf('.'));
    const name = file.slice(file.lastIndexOf('/') + 1);
    const stem = /[._-](?:test|spec)(?=\.[^.]*$)/.exec(name)?.[0] ?? '';
    const start = /^test_/.exec(name)?.[0] ?? '';
    found.add(
      slash === -1 ? `${start}*${stem}${extension}` : `${file.slice(0, slash)}/**/${start}*${stem}${extension}`,
    );
  }
  return found.size > 0 ? [...found].sort() : ['**/*'];
}
