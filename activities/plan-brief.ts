import type { BriefPart } from '../schemas/agent.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint, Gate } from '../schemas/blueprint.js';
import { describeUsd } from '../schemas/cost.js';
import { pictureParts } from '../schemas/pictures.js';
import type { Plan } from '../schemas/plan.js';
import type { Survey } from '../schemas/repair.js';
import type { WorkItem } from '../schemas/work-item.js';
import { loadBlueprint } from './host.js';
import type { PreviousPlan } from './plan-draft.js';
import { type BaseTests, confirmedSurveys, failingTests } from './plan-parts.js';
import { planRemarks } from './plan-remarks.js';
import type { Blobs, Depot } from './ports.js';
import { repoMap } from './repo-map.js';
import { checkSpec } from './spec-check.js';

/** Longer texts are told by their address: a history carries what its activities give. */
const INLINE_CHARACTERS = 500;
const LISTED_TESTS = 100;
const MESSAGE_CHARACTERS = 300;
/** The last ones, because the plan before already answered to the first. */
const NOTES = 40;

export interface PlanBriefInput extends Omit<BaseTests, 'blueprint'> {
  readonly item: WorkItem;
  /** Of the base. */
  readonly tree: string;
  readonly blueprint: BlobRef;
  readonly notes: readonly string[];
  /** US dollars that the mission has cost so far; null when a price is unknown. */
  readonly spent: number | null;
  readonly previous?: PreviousPlan;
}

interface Text {
  readonly title: string;
  readonly from: string;
  readonly own?: boolean;
  readonly text: string;
}

export function createPlanBriefActivities({ blobs, depot }: { blobs: Blobs; depot: Pick<Depot, 'list'> }) {
  /** Parts that have something to say. */
  async function kept(texts: readonly Text[]): Promise<BriefPart[]> {
    const parts = texts
      .filter(({ text }) => text !== '')
      .map(async ({ text, ...part }): Promise<BriefPart> => {
        if (text.length <= INLINE_CHARACTERS) return { ...part, text };
        return { ...part, blob: await blobs.put(text, 'text/plain') };
      });
    return Promise.all(parts);
  }

  return {
    /** What a planner is told: the item, the repo, what is red there, and what became of the plans before. */
    async planBrief(input: PlanBriefInput): Promise<BriefPart[]> {
      const { item, tree, notes, spent, previous, baseline, surveys } = input;
      const blueprint = await loadBlueprint(blobs, input.blueprint);
      const files = await depot.list(item.repo, tree);
      const known = { blueprint, surveys, baseline };
      const confirmed = await confirmedSurveys(blobs, known);
      const failing = await failingTests(blobs, confirmed, known);
      const parts = await kept([
        itemPart(item),
        { title: 'Remarks of rules on the words of the item', from: 'rules', text: specText(item, blueprint, files) },
        { title: 'Files of the repository', from: `the base branch of ${item.repo}`, text: repoMap(files) },
        { title: 'Modules, gates and scenarios', from: 'signalbox.yaml of the base', text: blueprintText(blueprint) },
        { title: 'Tests that fail on the base', from: 'the tests of the base', text: failingText(confirmed, failing) },
        { title: 'Notes', from: 'the mission', text: list(notes.slice(-NOTES)) },
        ...(previous ? [previousPart(previous)] : []),
        { title: 'Money', from: 'the mission', own: true, text: moneyText(spent, blueprint) },
      ]);
      return [...parts, ...pictureParts(item)];
    },

    /** What a critic is told: the item, the plan, and what rules remark on it without refusing it. */
    async criticBrief({ item, plan }: { readonly item: WorkItem; readonly plan: Plan }): Promise<BriefPart[]> {
      const parts = await kept([
        itemPart(item),
        { title: 'The plan', from: `the planner, version ${plan.version}`, text: JSON.stringify(plan, null, 1) },
        { title: 'Remarks of rules on the plan', from: 'rules', text: list(planRemarks(plan, item)) },
      ]);
      return [...parts, ...pictureParts(item)];
    },
  };
}

export type PlanBriefActivities = ReturnType<typeof createPlanBriefActivities>;

function itemPart({
  key,
  source,
  title,
  type,
  severity,
  risk,
  problem,
  expected,
  acceptance,
  ...more
}: WorkItem): Text {
  const text = [
    title,
    `${type}, severity ${severity}, risk ${risk}`,
    `What happens\n${problem}`,
    `What should happen\n${expected}`,
    `Acceptance\n${list(acceptance)}`,
    ...(more.attachments ?? []).map(
      ({ name, blob }) => `Attached picture: ${name} (${blob.mediaType}, ${blob.bytes} bytes, sha256 ${blob.sha256})`,
    ),
  ].join('\n\n');
  return { title: 'The work item', from: `${source.kind} ${key}`, text };
}

function specText(item: WorkItem, { modules }: Blueprint, files: readonly string[]): string {
  const { score, remarks } = checkSpec(item, [...Object.keys(modules), ...files]);
  if (remarks.length === 0) return '';
  const lines = remarks.map(
    ({ fault, text, problem }) => `${fault}: ${text.slice(0, MESSAGE_CHARACTERS)} (${problem})`,
  );
  return `${Math.round(score * 100)} of 100 statements are without a remark.\n${list(lines)}`;
}

function blueprintText({ modules, gates, scenarios, policy }: Blueprint): string {
  const gateLine = ({ name, module, report, command }: Gate) =>
    `${name}${module === undefined ? '' : ` of module ${module}`}${report === undefined ? ', by its exit code' : ', by its report'}: ${command}`;
  const moduleLines = Object.entries(modules).map(
    ([name, { path, language, runner, sources, tests }]) =>
      `${name}: ${path}, ${language}, ${runner}, sources ${sources.join(' ')}, tests ${tests.join(' ')}`,
  );
  return [
    `Modules\n${list(moduleLines)}`,
    `Gates\n${list(gates.map(gateLine))}`,
    `Scenarios, which end every plan\n${list(scenarios.map(gateLine))}`,
    `Protected besides what always is\n${list(policy.protected)}`,
  ].join('\n\n');
}

function failingText(surveys: readonly Survey[], failing: ReadonlyMap<string, readonly string[]>): string {
  const messages = new Map(surveys.flatMap(({ tests }) => tests.map(({ id, message = '' }) => [id, message] as const)));
  const modules = [...failing].map(([module, ids]) => {
    const unsupported = surveys.find((survey) => survey.module === module)?.unsupported;
    const lines = ids.slice(0, LISTED_TESTS).map((id) => {
      const message = (messages.get(id) ?? '').slice(0, MESSAGE_CHARACTERS).trim();
      return message === '' ? id : `${id}\n  ${message.replaceAll('\n', '\n  ')}`;
    });
    const more = ids.length > LISTED_TESTS ? [`and ${ids.length - LISTED_TESTS} more`] : [];
    const survey = unsupported === undefined ? '' : `, which can't be surveyed: ${unsupported}`;
    return `Module ${module}${survey}\n${list([...lines, ...more]) || 'None.'}`;
  });
  return modules.join('\n\n');
}

function previousPart({ plan, reports }: PreviousPlan): Text {
  const ends = reports.map(({ node, state, because }) => `${node} ${state}: ${because.slice(0, 2000)}`);
  return {
    title: 'The plan before, and what became of its tasks',
    from: `the mission, plan version ${plan.version}`,
    text: `${list(ends)}\n\n${JSON.stringify(plan, null, 1)}`,
  };
}

function moneyText(spent: number | null, { budget }: Blueprint): string {
  return `The mission may cost ${describeUsd(budget.usd)}. So far: ${describeUsd(spent)}.`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
