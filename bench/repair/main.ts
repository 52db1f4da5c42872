// The benchmark of the repair engine: small bugs with visible tests, judged by hidden ones.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { RepairRequest, RepairResult } from '../../schemas/repair.js';
import { type BugCase, checkOut, readCases } from './cases.js';
import { ask } from './engine.js';
import { type CaseResult, machine, markdown, total } from './report.js';
import { runTests } from './spawned.js';

// dist/bench/repair -> the project.
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const CANDIDATES = 2000;
const SECONDS = 60;

async function failingTests({
  bug,
  directory,
}: {
  readonly bug: BugCase;
  readonly directory: string;
}): Promise<string[]> {
  const request: RepairRequest = { do: 'survey', name: bug.name, module: bug.description.module, timeoutSeconds: 30 };
  const { last } = await ask({ directory, request });
  if (last.event !== 'survey') throw new Error(`expected a survey of ${bug.name}`);
  return last.survey.tests.filter((test) => test.outcome === 'fail').map((test) => test.id);
}

async function measure(bug: BugCase): Promise<CaseResult> {
  const checkout = checkOut({ bug, withHidden: false });
  try {
    const { module, words, operator, expect: expected } = bug.description;
    const { directory } = checkout;
    const targets = await failingTests({ bug, directory });
    const base = {
      name: bug.name,
      language: module.language === 'python' ? 'python' : 'javascript',
      operator,
      expected,
    };
    if (targets.length === 0) throw new Error(`${bug.name}: expected at least one failing visible test`);
    const limits = { candidates: CANDIDATES, seconds: SECONDS, startAt: 0, rejected: [] };
    const request: RepairRequest = { do: 'search', name: bug.name, module, targets, touches: ['**'], words, ...limits };
    const answer = await ask({ directory, request });
    const spawned = runTests({ bug, directory, tests: module.tests });
    if (answer.last.event !== 'result') throw new Error(`expected a result for ${bug.name}`);
    const { result } = answer.last;
    const times = {
      seconds: answer.seconds,
      judged: answer.judged,
      spawnedSeconds: spawned.seconds,
      tried: result.tried,
    };
    if (result.status === 'cannot-do') {
      return {
        ...base,
        ...times,
        outcome: 'refused',
        detail: `${result.reason}: ${result.detail}`,
        rightAmongAlternatives: false,
      };
    }
    const right = isRight({ bug, candidate: result.candidate });
    const others = !right && result.alternatives.some((candidate) => isRight({ bug, candidate }));
    const { confidence, candidate } = result;
    const found = { confidence, rightAmongAlternatives: right || others, detail: candidate.summary };
    return { ...base, ...times, ...found, outcome: right ? 'right' : 'plausible' };
  } finally {
    checkout.remove();
  }
}

/** A case that cannot be measured is shown, and counts as neither mended nor refused. */
function brokenCase(bug: BugCase, error: unknown): CaseResult {
  const { operator, expect: expected, module } = bug.description;
  const language = module.language === 'python' ? 'python' : 'javascript';
  const nothing = {
    tried: 0,
    seconds: 0,
    spawnedSeconds: 0,
    judged: { candidates: 0, seconds: 0 },
    rightAmongAlternatives: false,
  };
  return {
    name: bug.name,
    language,
    operator,
    expected,
    outcome: 'failed',
    detail: String(error).slice(0, 300),
    ...nothing,
  };
}

type Plausible = Extract<RepairResult, { status: 'plausible' }>;

/** By the hidden tests, run by the user's own command on a fresh checkout of the edit. */
function isRight({ bug, candidate }: { readonly bug: BugCase; readonly candidate: Plausible['candidate'] }): boolean {
  const checkout = checkOut({ bug, withHidden: true });
  try {
    for (const edit of candidate.edits) checkout.write(edit.path, edit.after);
    return runTests({ bug, directory: checkout.directory, tests: bug.description.hidden }).passed;
  } finally {
    checkout.remove();
  }
}

const { values } = parseArgs({
  options: { cases: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const own = values.cases === undefined;
const cases = readCases(path.resolve(values.cases ?? path.join(PROJECT, 'bench/repair/cases'))).filter(
  (bug) => !values.only || bug.name.includes(values.only),
);
const results: CaseResult[] = [];
for (const bug of cases) {
  const result = await measure(bug).catch((error: unknown) => brokenCase(bug, error));
  results.push(result);
  if (!values.json) {
    const alternative =
      result.outcome === 'plausible' && result.rightAmongAlternatives ? ' (a right one is among the alternatives)' : '';
    process.stdout.write(
      `${result.outcome.padEnd(9)} ${result.name.padEnd(40)} ${String(result.tried).padStart(5)} tried ${result.seconds.toFixed(2).padStart(6)} s  ${result.confidence ?? '    '}  ${result.detail}${alternative}\n`,
    );
  }
}
const report = { machine: machine(), totals: total(results), results };
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else process.stdout.write(`\n${markdown(results)}\n`);
if (own && !values.only) {
  const directory = path.join(PROJECT, 'bench/results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'repair.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(path.join(directory, 'repair.md'), markdown(results));
}
