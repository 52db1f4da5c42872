import { proxyActivities } from '@temporalio/workflow';
import type { AllActivities } from '../../test/workflows/stubs.js';
import type { TaskInput } from '../../workflows/task-work.js';
import { hostSteps, sandboxSteps } from './bare-steps.js';

const { reviewChange } = proxyActivities<AllActivities>({ startToCloseTimeout: '2 minutes' });

export interface BareResult {
  readonly commit: string;
  readonly tree: string;
}

/** The steps of a passing one-iteration task, with the same inputs, and nothing else. */
export async function bareTask(input: TaskInput): Promise<BareResult> {
  const { repo, node, blueprint, near, start, baseline, targets } = input;
  const { host } = await sandboxSteps.acquireHost();
  const on = hostSteps(host);
  const names = new Set(node.gates);
  const gates = [...blueprint.gates, ...blueprint.scenarios].filter(({ name }) => names.has(name));
  const judge = (tree: string) =>
    Promise.all(
      gates.map((gate) => {
        const before = baseline[gate.name];
        const wanted = gate.module ? (targets[gate.module] ?? []) : [];
        return on.runGate({ repo, tree, near, blueprint, gate, targets: wanted, ...(before && { baseline: before }) });
      }),
    );
  if (node.kind !== 'change') {
    await judge(start.tree);
    return start;
  }
  const outcome = await on.repair({
    ...{ repo, ...start, near, blueprint, module: node.module ?? '', targets: node.targets, touches: node.touches },
    ...{ words: input.words, candidates: 2000, seconds: 60, startAt: 0, rejected: [], message: node.title },
    time: Math.floor(Date.now() / 1000),
  });
  if (outcome.status !== 'plausible') throw new Error('the stub of repair always finds something');
  const { commit, tree } = outcome;
  const review = { repo, from: start.commit, to: commit, blueprint, touches: node.touches };
  await Promise.all([judge(tree), reviewChange(review)]);
  return { commit, tree };
}
