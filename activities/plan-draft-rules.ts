import picomatch from 'picomatch';
import type { Blueprint } from '../schemas/blueprint.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { globsOverlap } from '../schemas/plan-rules.js';
import type { PlannerOutput } from '../schemas/role-output.js';
import { gatesOf } from './plan-parts.js';
import { protectionOf } from './review.js';

// What a planner's draft must fulfil besides the rules of every plan. Each problem says what to do about it.

export type DraftTask = PlannerOutput['tasks'][number];

export interface DraftRules {
  readonly blueprint: Blueprint;
  /** Module -> tests that fail on the base. */
  readonly failing: ReadonlyMap<string, readonly string[]>;
  readonly previous?: {
    readonly plan: Plan;
    readonly reports: readonly { readonly node: string; readonly state: string }[];
  };
}

const RESERVED = /^(?:integrate|scenarios)(?:-\d+)?$/;

/** Every reason to send the draft back, of one task after the other. */
export function draftProblems(tasks: readonly DraftTask[], rules: DraftRules): string[] {
  const states = new Map(rules.previous?.reports.map(({ node, state }) => [node, state]));
  const fresh = tasks.filter(({ id }) => !isKept(states.get(id)));
  const alone = fresh.length === 1 && ![...states.values()].some(isKept);
  return [
    ...tasks.filter(({ id }) => isKept(states.get(id))).flatMap((task) => keptProblems(task, rules)),
    ...fresh.flatMap((task) =>
      [
        ...idProblems(task, states),
        ...sizeProblems(task, alone),
        ...roleProblems(task),
        ...moduleProblems(task, rules),
        ...proofProblems(task, rules),
      ].map((problem) => `task "${task.id}" ${problem}`),
    ),
    ...sharedTargets(fresh),
  ];
}

function isKept(state: string | undefined): boolean {
  return state === 'passed' || state === 'running';
}

/** A finished task may be named again, as it was. */
function keptProblems({ id, touches, targets }: DraftTask, { previous }: DraftRules): string[] {
  const before = previous?.plan.tasks.find((task) => task.id === id);
  if (!before || RESERVED.test(id)) return [`task "${id}" is one that Signalbox adds itself: leave it out`];
  const same = JSON.stringify([touches, targets]) === JSON.stringify([before.touches, before.targets]);
  return same
    ? []
    : [`task "${id}" is done or under way and stays as it is: put further work into a task with another id`];
}

function idProblems({ id }: DraftTask, states: ReadonlyMap<string, string>): string[] {
  if (RESERVED.test(id)) return ['has an id that Signalbox uses for the end of each plan: give it another'];
  const state = states.get(id);
  if (state === undefined || state === 'waiting') return [];
  return [`has the id of a task that is ${state}: replace that by a task with another id`];
}

/** Paths that no glob matches unless it matches nearly everything. */
const ANYWHERE = ['q7x/z0k/v3w.j9y', 'z0k.j9y'];

function sizeProblems({ size, touches }: DraftTask, alone: boolean): string[] {
  const problems = size === 'large' ? ['is large: split it into tasks of up to about 200 changed lines'] : [];
  const outside = touches.find((glob) => glob.startsWith('/') || glob.split('/').includes('..'));
  if (outside !== undefined) problems.push(`touches ${outside}, which is no path from the root of the repository`);
  const broad = touches.some((glob) => ANYWHERE.some((path) => picomatch(glob, { dot: true })(path)));
  if (broad && !alone)
    problems.push('touches everything: name the directories or files, or no other task can be sure of its own');
  return problems;
}

/** What the role of a writer may change. */
export function isDocument(glob: string): boolean {
  return /^docs\/(?!.*\.\.)|(?:^|\/)[^/{}()!]+\.md$/i.test(glob) && !glob.startsWith('!');
}

function roleProblems({ role, proof, touches }: DraftTask): string[] {
  if (touches.every(isDocument)) {
    return proof === 'gates' ? [] : [`changes documents only, which no test can show: its proof is gates`];
  }
  return role === 'writer' ? ['has the role writer, which changes docs/** and **/*.md only: make it a coder'] : [];
}

function moduleProblems({ module }: DraftTask, { blueprint: { modules } }: DraftRules): string[] {
  if (module === undefined || Object.hasOwn(modules, module)) return [];
  return [`names the module ${module}; there are ${Object.keys(modules).join(', ') || 'none'}`];
}

function proofProblems({ proof, module, targets }: DraftTask, { blueprint, failing: all }: DraftRules): string[] {
  if (proof === 'gates') return targets.length > 0 ? ['has targets, so its proof is existing-tests'] : [];
  if (module === undefined) return [`has the proof ${proof}: name the module whose tests show it`];
  if (proof === 'test-first') {
    const shows = blueprint.gates.some((gate) => gate.module === module && gate.report !== undefined);
    const problems = targets.length > 0 ? ['is test-first: its tests do not exist yet, so it has no targets'] : [];
    return shows ? problems : [...problems, `is test-first, but no gate reports the tests of ${module}: use gates`];
  }
  if (targets.length === 0) return ['has the proof existing-tests: name the failing tests as targets'];
  const failing = new Set(all.get(module));
  const unknown = targets.filter((target) => !failing.has(target));
  if (unknown.length === 0) return [];
  const known =
    failing.size === 0 ? `no test of ${module} fails on the base` : `the tests that fail are those in the brief`;
  return [`has targets that do not fail on the base: ${unknown.slice(0, 5).join(', ')}; ${known}`];
}

/** One test is the proof of one task: two that share it would each wait for the other. */
function sharedTargets(tasks: readonly DraftTask[]): string[] {
  const owners = new Map<string, string>();
  return tasks.flatMap(({ id, module = '', targets }) =>
    targets.flatMap((target) => {
      const key = `${module} ${target}`;
      const owner = owners.get(key);
      owners.set(key, owner ?? id);
      return owner === undefined || owner === id ? [] : [`tasks "${owner}" and "${id}" both have the target ${target}`];
    }),
  );
}

/** Without a module, anything may break: all gates, or for documents those that are about no module. */
export function gatesOfDraft({ module, touches }: DraftTask, blueprint: Blueprint): string[] {
  if (module !== undefined) return gatesOf(blueprint, module);
  const general = blueprint.gates.filter((gate) => gate.module === undefined);
  const gates = touches.every(isDocument) && general.length > 0 ? general : blueprint.gates;
  return gates.map(({ name }) => name);
}

/** Told beforehand, so that nobody is surprised when the merge waits for a person. */
export function protectedNotes({ id, touches }: PlanTask, blueprint: Blueprint): string[] {
  const isProtected = (glob: string) =>
    protectionOf({ path: glob, status: 'modified', binary: false }, blueprint) !== undefined ||
    blueprint.policy.protected.some((path) => globsOverlap(glob, path));
  return touches
    .filter(isProtected)
    .map((glob) => `${id} may touch what is protected (${glob}): a person has to approve it`);
}
