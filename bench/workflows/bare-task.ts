import { proxyActivities } from '@temporalio/workflow';
import type { AllActivities } from '../../test/workflows/stubs.js';
import type { TaskInput } from '../../workflows/task-context.js';
import { anyHost, onSameHost } from './bare-steps.js';

const { reviewChange } = proxyActivities<AllActivities>({ startToCloseTimeout: '2 minutes' });

export interface BareResult {
  readonly commit: string;
  readonly tree: string;
}

/** The steps of a passing one-iteration task, with the same inputs, and nothing else. */
export async function bareTask(input: TaskInput): Promise<BareResult> {
  const { repo, node, blueprint, blueprintRef, near, start, baseline, targets } = input;
  const names = new Set(node.gates);
  const gates = [...blueprint.gates, ...blueprint.scenarios].filter(({ name }) => names.has(name));
  const judge = (on: typeof anyHost, tree: string) =>
    Promise.all(
      gates.map((gate) => {
        const before = baseline[gate.name];
        const wanted = gate.module ? (targets[gate.module] ?? []) : [];
        return on.runGate({
          ...{ repo, tree, near, blueprint: blueprintRef, gate: gate.name, targets: wanted },
          ...(before?.cases && { baseline: before.cases }),
        });
      }),
    );
  if (node.kind !== 'change') {
    await judge(anyHost, start.tree);
    return start;
  }
  const { host, result: outcome } = await anyHost.repair({
    ...{ repo, ...start, near, blueprint: blueprintRef, module: node.module ?? '' },
    ...{ targets: node.targets, touches: node.touches },
    ...{ words: input.words, candidates: 2000, seconds: 60, startAt: 0, rejected: [], message: node.title },
    time: Math.floor(Date.now() / 1000),
  });
  if (outcome.status !== 'plausible') throw new Error('the stub of repair always finds something');
  const { commit, tree } = outcome;
  const review = { repo, from: start.commit, to: commit, blueprint, touches: node.touches };
  await Promise.all([judge(onSameHost(host), tree), reviewChange(review)]);
  return { commit, tree };
}
