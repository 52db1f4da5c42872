import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

// The rules themselves are under test: a small project with one offence of each kind, and what is allowed beside it.

const OFFENCES = {
  'schemas/a.ts': ["import 'node:fs'", "import '../workflows/messages.js'"],
  'workflows/a.ts': [
    "import { step } from '../activities/step.js'",
    "import 'node:fs'",
    "import '@temporalio/client'",
    "import '../adapters/forge/forge.js'",
  ],
  'activities/a.ts': [
    "import '../adapters/forge/forge.js'",
    "import '../workflows/messages.js'",
    "import '../tools/main.js'",
    "import 'octokit'",
  ],
  'adapters/a.ts': ["import { step } from '../activities/ports.js'", "import '../temporal.config.js'"],
  'gateway/a.ts': ["import '../adapters/forge/forge.js'", "import '../workflows/mission.js'", "import 'octokit'"],
  'cli/a.ts': ["import '../gateway/server.js'", "import '../activities/step.js'", "import '@linear/sdk'"],
  'workers/a.ts': ["import '../gateway/server.js'", "import '../cli/b.js'"],
  'infra/a.ts': ["import '../adapters/forge/forge.js'", "import '@temporalio/client'"],
  'tools/a.ts': ["import '../activities/step.js'", "import 'octokit'"],
  'repair/a.ts': ["import '../activities/step.js'"],
  'chaos/a.ts': ["import '../activities/step.js'", "import '../gateway/server.js'"],
  'cli/round.ts': ["import './trip.js'"],
} as const;

const ALLOWED = {
  'workflows/b.ts': ["import type { Step } from '../activities/step.js'", "import '../schemas/b.js'"],
  'adapters/b.ts': ["import type { Step } from '../activities/ports.js'", "import 'octokit'", "import 'node:fs'"],
  'gateway/b.ts': ["import '../adapters/temporal/client.js'", "import '@linear/sdk'", "import '@temporalio/client'"],
  'cli/c.ts': ["import '../gateway/dispatch.js'", "import '../infra/b.js'", "import '../temporal.config.js'"],
  'workers/b.ts': [
    "import '../workflows/mission.js'",
    "import '../activities/step.js'",
    "import '../adapters/forge/forge.js'",
  ],
  'tools/b.ts': ["import '../schemas/b.js'", "import '@ast-grep/napi'"],
  'activities/b.ts': ["import '../tools/scope.js'"],
  'repair/b.ts': ["import '../schemas/b.js'"],
  'schemas/a.test.ts': ["import '../workflows/mission.js'", "import 'node:fs'"],
  'chaos/b.ts': ["import '../test/fakes/fake.js'", "import '../infra/b.js'", "import '../workflows/messages.js'"],
  'test/a.ts': ["import '../cli/b.js'", "import '@temporalio/client'"],
} as const;

const TARGETS = [
  ...['schemas/b.ts', 'workflows/messages.ts', 'workflows/mission.ts', 'activities/step.ts', 'activities/ports.ts'],
  ...['adapters/forge/forge.ts', 'adapters/temporal/client.ts', 'gateway/server.ts', 'gateway/dispatch.ts'],
  ...['cli/b.ts', 'infra/b.ts', 'test/fakes/fake.ts', 'tools/main.ts', 'tools/scope.ts', 'temporal.config.ts'],
];

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

describe('the import rules', () => {
  let directory: string;
  let violations: readonly Violation[];

  function write(path: string, lines: readonly string[]): void {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), `${lines.join(';\n')};\n`);
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-imports-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      cpSync(file, join(directory, file));
    symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
    for (const path of TARGETS) write(path, ['export const step = 1', 'export type Step = number']);
    for (const [path, lines] of Object.entries({ ...OFFENCES, ...ALLOWED })) write(path, lines);
    write('cli/trip.ts', ["import './round.js'"]);
    const program = join(process.cwd(), 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const rooms = [
      'schemas',
      'workflows',
      'activities',
      'adapters',
      'gateway',
      'cli',
      'workers',
      'infra',
      'repair',
      'tools',
      'chaos',
      'test',
    ];
    const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms];
    const { stdout } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8', maxBuffer: 1 << 26 });
    violations = JSON.parse(stdout).summary.violations;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const found = (path: string) => violations.filter(({ from }) => from === path);

  it.each(Object.entries(OFFENCES).flatMap(([path, lines]) => lines.map((line) => [path, line] as const)))(
    'refuse in %s: %s',
    (path, line) => {
      const target = /'(?:\.\.?\/|node:)?(.*?)(?:\.js)?'/.exec(line)?.[1] ?? line;
      expect(found(path).map(({ to }) => to)).toContainEqual(expect.stringContaining(target));
    },
  );

  it.each(Object.keys(ALLOWED))('accept everything in %s', (path) => {
    expect(found(path)).toEqual([]);
  });
});
