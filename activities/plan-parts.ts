import { createHash } from 'node:crypto';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint } from '../schemas/blueprint.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { Survey } from '../schemas/repair.js';
import type { Verdict } from '../schemas/verdict.js';
import { readCases } from './gates.js';
import { titlesOf } from './junit.js';
import type { Blobs } from './ports.js';

// What both planners share, the one without a model and the one that reads a model's draft.

/** What is known of the tests of the base. */
export interface BaseTests {
  readonly blueprint: Pick<Blueprint, 'modules' | 'gates' | 'scenarios'>;
  readonly surveys: readonly BlobRef[];
  /** Verdicts of the base by gate: what the repo's own command says of a test counts, not what a survey saw of it. */
  readonly baseline: Readonly<Record<string, Verdict>>;
}

/** The surveys, in which only those tests fail that fail for the repo's own gates too. */
export async function confirmedSurveys(blobs: Blobs, known: BaseTests): Promise<Survey[]> {
  const surveys = known.surveys.map(async (ref) => Survey.parse(JSON.parse((await blobs.get(ref)).toString())));
  return Promise.all((await Promise.all(surveys)).map((survey) => confirmed(survey, known, blobs)));
}

/** A survey runs tests in its own way, where one may fail for reasons of its own: such a failure shows no fault. */
async function confirmed(survey: Survey, { blueprint, baseline }: BaseTests, blobs: Blobs): Promise<Survey> {
  const verdicts = blueprint.gates
    .filter(({ module }) => module === survey.module)
    .flatMap(({ name }) => baseline[name]?.cases ?? []);
  if (verdicts.length === 0) return survey;
  const cases = await Promise.all(verdicts.map((ref) => readCases(blobs, ref)));
  const failing = new Set(cases.flatMap((known) => known.failing));
  const fails = (id: string) => failing.has(id) || failing.has(titlesOf(id));
  const tests = survey.tests.map((test) =>
    test.outcome === 'fail' && !fails(test.id) ? { ...test, outcome: 'skip' as const } : test,
  );
  return { ...survey, tests };
}

/** Digest that approvals are bound to. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16);
}

/** The gates of a module, and those that are of none. */
export function gatesOf({ gates }: BaseTests['blueprint'], module: string): string[] {
  return gates.filter((gate) => gate.module === undefined || gate.module === module).map(({ name }) => name);
}

/** What ends every plan: the changes together, then the scenarios. `suffix` tells it from an end that has run. */
export function endOf(needs: readonly string[], blueprint: BaseTests['blueprint'], suffix = ''): PlanTask[] {
  const integrate: PlanTask = {
    id: `integrate${suffix}`,
    kind: 'integrate',
    title: 'Bring the changes together',
    goal: 'One commit with every change, on which all gates pass',
    acceptance: ['all gates pass on the merged tree'],
    needs: [...needs],
    touches: [],
    gates: blueprint.gates.map(({ name }) => name),
    targets: [],
  };
  if (blueprint.scenarios.length === 0) return [integrate];
  return [
    integrate,
    {
      ...integrate,
      id: `scenarios${suffix}`,
      kind: 'scenario',
      title: 'Prove it end to end',
      goal: 'The scenarios of the blueprint pass on the integrated change',
      acceptance: blueprint.scenarios.map(({ name }) => `passes: ${name}`),
      needs: [integrate.id],
      gates: blueprint.scenarios.map(({ name }) => name),
    },
  ];
}
