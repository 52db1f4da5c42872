import { createHash } from 'node:crypto';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint } from '../schemas/blueprint.js';
import type { Plan } from '../schemas/plan.js';
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

/** Module -> its failing tests, by the survey; by the gates' reports where there is none that could run. */
export async function failingTests(
  blobs: Blobs,
  surveys: readonly Survey[],
  { blueprint, baseline }: Pick<BaseTests, 'blueprint' | 'baseline'>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const modules = Object.keys(blueprint.modules).map(async (module): Promise<[string, string[]]> => {
    const survey = surveys.find((each) => each.module === module && each.unsupported === undefined);
    if (survey) return [module, survey.tests.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)];
    const gates = blueprint.gates.filter((gate) => gate.module === module);
    const reports = gates.flatMap(({ name }) => baseline[name]?.cases ?? []);
    const cases = await Promise.all(reports.map((ref) => readCases(blobs, ref)));
    return [module, [...new Set(cases.flatMap(({ failing }) => failing))]];
  });
  return new Map(await Promise.all(modules));
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

/** Two files of one name must not become one task. */
export function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let n = 2; taken.has(id); n++) id = `${wanted}-${n}`;
  taken.add(id);
  return id;
}
