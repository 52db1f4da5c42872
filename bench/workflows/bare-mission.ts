import { condition, executeChild, proxyActivities } from '@temporalio/workflow';
import type { Plan, PlanTask } from '../../schemas/plan.js';
import type { WorkItem } from '../../schemas/work-item.js';
import type { AllActivities } from '../../test/workflows/stubs.js';
import { ship } from './bare-ship.js';
import { anyHost, onSameHost } from './bare-steps.js';
import type { BareResult, bareTask } from './bare-task.js';

// What somebody who uses Temporal alone would write for the same job: the same activities in the same order, on the
// same queues, as many children at a time. No queries, updates, search attributes, details or re-planning.

const steps = proxyActivities<AllActivities>({ startToCloseTimeout: '2 minutes' });

export type Ground = Awaited<ReturnType<typeof ground>>;

export async function bareMission({ item }: { readonly item: WorkItem }): Promise<string> {
  const tell = { source: item.source.kind, item: item.key, effectKey: item.key };
  await steps.setState({ ...tell, state: 'started' });
  const base = await ground(item);
  const { baseline } = base;
  const { modules, gates, scenarios } = base.blueprint;
  const blueprint = { modules, gates, scenarios };
  const surveys = base.surveys.map(({ survey }) => survey);
  const planned = await steps.planMission({ item, blueprint, surveys, baseline, version: 1, notes: [] });
  if (!('plan' in planned)) throw new Error('the stub of planMission always plans');
  await steps.comment({ ...tell, body: 'planned' });
  const results = await runTasks({ item, base, plan: planned.plan });
  const last = results.get(planned.plan.tasks.at(-1)?.id ?? '') ?? base;
  const merged = await ship({ item, base, last, plan: planned.plan });
  await steps.comment({ ...tell, body: 'shipped' });
  await steps.setState({ ...tell, state: 'completed' });
  return merged;
}

async function ground({ repo }: WorkItem) {
  const base = await steps.readBase({ repo });
  const { blueprint, tree } = base;
  const subject = { repo, tree, near: tree, blueprint: base.blueprintRef };
  const { host } = await anyHost.prepareRepo(subject);
  const on = onSameHost(host);
  const gates = blueprint.gates.filter(({ report }) => report !== undefined);
  const [surveys, verdicts] = await Promise.all([
    Promise.all(Object.keys(blueprint.modules).map((module) => on.survey({ ...subject, module }))),
    Promise.all(gates.map(({ name }) => on.runGate({ ...subject, gate: name, targets: [] }))),
  ]);
  return {
    ...base,
    surveys: surveys.map(({ result }) => result),
    baseline: Object.fromEntries(verdicts.map(({ result }) => [result.gate, result])),
  };
}

interface Run {
  readonly item: WorkItem;
  readonly base: Ground;
  readonly plan: Plan;
}

async function runTasks({ item, base, plan }: Run): Promise<Map<string, BareResult>> {
  const { parallelTasks } = base.blueprint.limits;
  const started = new Set<string>();
  const results = new Map<string, BareResult>();
  let failure: unknown;
  while (results.size < plan.tasks.length) {
    const room = parallelTasks - (started.size - results.size);
    const ready = plan.tasks.filter(({ id, needs }) => !started.has(id) && needs.every((need) => results.has(need)));
    for (const node of ready.slice(0, room)) {
      started.add(node.id);
      void runTask({ item, base, node, results }).catch((error) => {
        failure = error;
      });
    }
    const seen = results.size;
    await condition(() => results.size > seen || failure !== undefined);
    if (failure !== undefined) throw failure;
  }
  return results;
}

interface RunTask {
  readonly item: WorkItem;
  readonly base: Ground;
  readonly node: PlanTask;
  readonly results: Map<string, BareResult>;
}

async function runTask({ item, base, node, results }: RunTask): Promise<void> {
  const { repo, key } = item;
  const { blueprint, blueprintRef, baseline, tree } = base;
  const needed = node.needs.flatMap((need) => results.get(need) ?? []);
  const [first] = needed;
  const time = Math.floor(Date.now() / 1000);
  const together = () =>
    steps.integrate({
      repo,
      parts: needed.map(({ commit }) => ({ commit, title: node.title })),
      message: node.title,
      time,
    });
  const start = needed.length > 1 ? await together() : { commit: (first ?? base).commit, tree: (first ?? base).tree };
  const result = await executeChild<typeof bareTask>('bareTask', {
    workflowId: `bare-task/${key}/${node.id}`,
    args: [
      {
        item: key,
        repo,
        node,
        blueprint,
        blueprintRef,
        near: tree,
        start,
        words: item.title,
        baseline,
        targets: { app: node.targets },
      },
    ],
  });
  results.set(node.id, result);
}
