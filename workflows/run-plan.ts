import type { Blueprint } from '../schemas/blueprint.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { endOf } from '../schemas/plan-end.js';
import type { WorkItem } from '../schemas/work-item.js';

// The plans of an interactive run, which need no planner: a task per prompt, and the end when it is handed over.

const TITLE_CHARACTERS = 120;

export function firstPlan(item: WorkItem, blueprint: Blueprint): Plan {
  return {
    version: 1,
    goal: item.title,
    because: 'one task for what was asked; more come with further prompts',
    assumptions: [],
    risks: [],
    tasks: [promptTask('run', item.problem, [], blueprint)],
  };
}

interface Next {
  readonly plan: Plan;
  /** Tasks that stay: those whose work the next one starts from. */
  readonly passed: readonly PlanTask[];
  readonly blueprint: Blueprint;
}

/** `n`: number of the prompt in its run, from 1. */
export function promptPlan(
  { plan, passed, blueprint }: Next,
  prompt: { readonly n: number; readonly text: string },
): Plan {
  const last = passed.at(-1);
  const task = promptTask(`run-${prompt.n}`, prompt.text, last ? [last.id] : [], blueprint);
  return { ...plan, version: plan.version + 1, because: `prompt ${prompt.n}`, tasks: [...passed, task] };
}

/** Each task stands on the one before, so that the last one has the whole change. */
export function handedOverPlan({ plan, passed, blueprint }: Next): Plan {
  const needs = passed.slice(-1).map(({ id }) => id);
  const tasks = [...passed, ...endOf(needs, blueprint)];
  return { ...plan, version: plan.version + 1, because: 'it was handed over', tasks };
}

function promptTask(id: string, prompt: string, needs: readonly string[], blueprint: Blueprint): PlanTask {
  const line = prompt.split('\n').find((each) => each.trim() !== '') ?? prompt;
  return {
    id,
    kind: 'change',
    title: line.trim().slice(0, TITLE_CHARACTERS),
    goal: prompt,
    acceptance: ['what the prompt asks for is done'],
    needs: [...needs],
    touches: ['**'],
    gates: blueprint.gates.map(({ name }) => name),
    targets: [],
    role: 'coder',
    proof: 'gates',
  };
}
