import type { Blueprint } from './blueprint.js';
import type { PlanTask } from './plan.js';

// Pure and without zod: it also runs in the workflow sandbox.

/** What ends every plan: the changes together, then the scenarios. `suffix` tells it from an end that has run. */
export function endOf(
  needs: readonly string[],
  blueprint: Pick<Blueprint, 'gates' | 'scenarios'>,
  suffix = '',
): PlanTask[] {
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
