// For the tests of this room: writes a small repository, runs the built engine in it, and reads what it said.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RepairEvent, type RepairResult, type Survey } from '../../schemas/repair.js';

const ENGINE = path.resolve('dist/repair/main.js');

export interface Said {
  readonly code: number | null;
  readonly events: readonly RepairEvent[];
  readonly errors: string;
}

export function repository(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'repair-test-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), text);
  }
  return directory;
}

/** One digest over the names and contents of every file. */
export function fingerprint(directory: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory, { recursive: true }).map(String).sort()) {
    const file = path.join(directory, name);
    hash.update(name);
    if (statSync(file).isFile()) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

export function run({ directory, input }: { readonly directory: string; readonly input: string }): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENGINE], { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const events = output
        .split('\n')
        .filter(Boolean)
        .map((line) => RepairEvent.parse(JSON.parse(line)));
      resolve({ code, events, errors });
    });
    child.stdin.end(input);
  });
}

const SHAPES = {
  'node-test': { language: 'javascript', sources: ['*.js', '*.cjs', '*.ts'], tests: ['test/*'] },
  jest: { language: 'typescript', sources: ['*.ts', '*.js'], tests: ['test/*'] },
  mocha: { language: 'javascript', sources: ['*.js'], tests: ['test/*'] },
  vitest: { language: 'javascript', sources: ['*.js'], tests: ['test/*'] },
  pytest: { language: 'python', sources: ['*.py'], tests: ['tests/test_*.py'] },
  unittest: { language: 'python', sources: ['*.py'], tests: ['tests/test_*.py'] },
} as const;

export type RunnerName = keyof typeof SHAPES;

const moduleOf = (runner: RunnerName) => ({ path: '.', runner, ...SHAPES[runner] });

export async function survey({
  directory,
  runner,
}: {
  readonly directory: string;
  readonly runner: RunnerName;
}): Promise<Survey['tests']> {
  const request = { do: 'survey', name: 'main', module: moduleOf(runner), timeoutSeconds: 20 };
  const said = await run({ directory, input: JSON.stringify(request) });
  const last = said.events.at(-1);
  if (last?.event !== 'survey') throw new Error(`expected a survey, got ${JSON.stringify(last)} ${said.errors}`);
  return last.survey.tests;
}

interface Asked {
  readonly directory: string;
  readonly runner: RunnerName;
  readonly targets: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
}

function searchOf({ runner, targets, more = {} }: Asked): string {
  const limits = { candidates: 2000, seconds: 30, startAt: 0, rejected: [] };
  const module = moduleOf(runner);
  return JSON.stringify({
    do: 'search',
    name: 'main',
    module,
    targets,
    touches: ['**'],
    words: '',
    ...limits,
    ...more,
  });
}

/** A search that goes on, to be ended by the test. */
export function start(asked: Asked): ChildProcess {
  const child = spawn(process.execPath, [ENGINE], { cwd: asked.directory, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(searchOf(asked));
  return child;
}

export async function search(asked: Asked): Promise<RepairResult> {
  return (await searchToldOn(asked)).result;
}

/** With the indexes that it gave on its way. */
export async function searchToldOn(
  asked: Asked,
): Promise<{ readonly indexes: readonly number[]; readonly result: RepairResult }> {
  const said = await run({ directory: asked.directory, input: searchOf(asked) });
  const last = said.events.at(-1);
  if (last?.event !== 'result') throw new Error(`expected a result, got ${JSON.stringify(last)} ${said.errors}`);
  return {
    indexes: said.events.flatMap((event) => (event.event === 'progress' ? [event.progress.index] : [])),
    result: last.result,
  };
}

/** The text after the edit, or why there is none. */
export function outcome(result: RepairResult): string {
  return result.status === 'plausible' ? (result.candidate.edits[0]?.after ?? '') : result.reason;
}
