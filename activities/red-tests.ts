import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { Blueprint, Module } from '../schemas/blueprint.js';
import type { Finding } from '../schemas/finding.js';
import { classifyRed, type RedTest } from '../schemas/red-tests.js';
import type { Verdict } from '../schemas/verdict.js';
import { readCases } from './gates.js';
import { beating, loadBlueprint, type Subject } from './host.js';
import type { Baseline } from './judge.js';
import { titlesOf } from './junit.js';
import type { Blobs, Depot, Flakiness, TestHistory } from './ports.js';
import { finding } from './review.js';

const NAMED = 3;
/** A verdict lists so many. */
const LISTED = 50;

export interface RedGate extends Subject {
  /** The red verdict. */
  readonly first: Verdict;
  /** Verdicts of the same gate on the same tree, each from a run of its own. */
  readonly again: readonly Verdict[];
  /** The same gate on the base. */
  readonly base?: Verdict;
  /** Tests that define the fix: one that passes only sometimes proves nothing. */
  readonly targets: readonly string[];
}

export interface RedExplained {
  /** A later run that passed, naming what is flaky; the red verdict when a test is red, or none of them passed. */
  readonly verdict: Verdict;
  readonly tests: readonly RedTest[];
  /** One per flaky test. */
  readonly findings: readonly Finding[];
}

export interface RedTestPorts {
  readonly blobs: Blobs;
  readonly depot: Pick<Depot, 'diff'>;
  readonly testHistory: TestHistory;
}

export function createRedTestActivities({ blobs, depot, testHistory }: RedTestPorts) {
  const casesOf = async ({ cases }: Verdict): Promise<Baseline> =>
    cases ? readCases(blobs, cases) : { passing: [], failing: [] };

  return {
    /** Tells flaky tests from red ones by what several runs on one tree say. A flaky test is named, never silent. */
    explainRed(input: RedGate): Promise<RedExplained> {
      return beating(async () => {
        const { repo, first, again, base, targets } = input;
        const tests = classifyRed({
          first: await casesOf(first),
          again: await Promise.all(again.map(casesOf)),
          ...(base && { base: await casesOf(base) }),
        });
        const flaky = tests.filter(({ state }) => state === 'flaky');
        const verdict = verdictOf(input, tests, new Set(targets.flatMap((id) => [id, titlesOf(id)])));
        if (flaky.length === 0) return { verdict, tests, findings: [] };
        const changed = (await depot.diff(repo, input.near, input.tree)).map(({ path }) => path);
        const module = moduleOf(first.gate, await loadBlueprint(blobs, input.blueprint));
        const findings = flaky.slice(0, LISTED).map(async (test) => {
          const path = fileOf(test.test, module);
          const touched = path === '' ? changed.some(isTestOf(module)) : changed.includes(path);
          return flakyFinding(test, path, touched, await testHistory.flakiness(repo, test.test));
        });
        return { verdict, tests, findings: await Promise.all(findings) };
      });
    },
  };
}

export type RedTestActivities = ReturnType<typeof createRedTestActivities>;

function verdictOf({ first, again }: RedGate, tests: readonly RedTest[], targets: ReadonlySet<string>): Verdict {
  const flaky = tests.filter(({ state }) => state === 'flaky').map(({ test }) => test);
  if (flaky.length === 0) return first;
  const named = `flaky: ${flaky.slice(0, NAMED).join(', ')}${flaky.length > NAMED ? ` and ${flaky.length - NAMED} more` : ''}`;
  const passed = again.find(({ outcome }) => outcome === 'pass');
  const red = tests.some(({ state }) => state === 'red');
  const unproven = flaky.some((test) => targets.has(test) || targets.has(titlesOf(test)));
  const verdict = passed && !red && !unproven ? passed : first;
  return { ...verdict, reason: `${verdict.reason}; ${named}`, flaky: flaky.slice(0, LISTED) };
}

function moduleOf(gateName: string, { gates, scenarios, modules }: Blueprint): Module | undefined {
  const gate = [...gates, ...scenarios].find(({ name }) => name === gateName);
  return gate?.module === undefined ? undefined : modules[gate.module];
}

/** From the root of the repository; empty when the report names no files. */
function fileOf(test: string, module: Module | undefined): string {
  const file = test.slice(0, Math.max(0, test.indexOf('::')));
  return file === '' || !module ? file : posix.join(module.path, file);
}

/** Some runners name no file: a change of any test of the module may then be a change of this one. */
function isTestOf(module: Module | undefined): (path: string) => boolean {
  if (!module) return () => true;
  return picomatch(module.tests.map((glob) => posix.join(module.path, glob)));
}

function flakyFinding({ test, evidence }: RedTest, path: string, touched: boolean, seen: Flakiness): Finding {
  const before = seen.flakyTrees > 0 ? `; gave both answers on ${seen.flakyTrees} trees so far` : '';
  return finding({
    rule: 'flaky-test',
    // A test that the change itself wrote or changed has to be dependable.
    severity: touched ? 'person' : 'note',
    risk: touched ? 'medium' : 'low',
    path,
    about: test,
    message: `is flaky: ${test} ${evidence} (${seen.failed} of ${seen.runs} recorded runs${before})`,
  });
}
