import type { Blueprint } from '../schemas/blueprint.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { endOf } from '../schemas/plan-end.js';
import type { AnsweredRemark } from './mission-data.js';

// The plan that answers what people say on a pull request: one more task on the change as it is, and another end.

/** What one remark may take of a task's goal. */
const REMARK_CHARACTERS = 1_500;

interface Answering {
  readonly plan: Plan;
  readonly blueprint: Blueprint;
  /** Round of remarks, from 1. */
  readonly n: number;
  readonly remarks: readonly AnsweredRemark[];
}

export function remarkPlan({ plan, blueprint, n, remarks }: Answering): Plan {
  const task = remarkTask(plan, blueprint, n, remarks);
  return {
    ...plan,
    version: plan.version + 1,
    because: `people remarked on the change, round ${n}`,
    tasks: [...plan.tasks, task, ...endOf([task.id], blueprint, `-remarks-${n}`)],
  };
}

/** Remarks decide what is looked at, and never what may be touched: that stays what the plan said. */
function remarkTask(plan: Plan, blueprint: Blueprint, n: number, remarks: readonly AnsweredRemark[]): PlanTask {
  const touches = plan.tasks.flatMap((task) => task.touches);
  const last = plan.tasks.at(-1);
  return {
    id: `remarks-${n}`,
    kind: 'change',
    title: `Answer ${remarks.length === 1 ? 'a remark' : `${remarks.length} remarks`} of people`,
    goal: [
      'People who read the change say what is quoted here. Do what they are right about; say why not about the rest.',
      'Answer each by its id, as a finding: fixed or disputed.',
      ...remarks.map(({ id, by, path, line, message }) => {
        const where = path === '' ? '' : ` on ${path}${line === undefined ? '' : `:${line}`}`;
        return `- ${id}, ${by}${where}: ${JSON.stringify(message.slice(0, REMARK_CHARACTERS))}`;
      }),
    ].join('\n'),
    acceptance: ['each remark is answered: by a change, or by the reason why there is none'],
    needs: last ? [last.id] : [],
    touches: [...new Set(touches)],
    gates: blueprint.gates.map(({ name }) => name),
    targets: [],
    role: 'coder',
    proof: 'gates',
  };
}

/** As it was before the remarks, when nothing came of them. */
export function withoutRemarks(before: Plan, { version }: Plan): Plan {
  return { ...before, version: version + 1, because: 'the remarks led to no change that passes' };
}
