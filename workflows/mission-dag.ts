import {
  ActivityFailure,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  patched,
} from '@temporalio/workflow';
import type { Conflict } from '../schemas/conflict.js';
import { workflowId } from '../schemas/names.js';
import type { PlanTask } from '../schemas/plan.js';
import type { TaskResult } from '../schemas/turn.js';
import { historyIsLong } from './history-length.js';
import { recentNotes, taskBrief } from './mission-brief.js';
import type { MissionContext, Stop } from './mission-context.js';
import type { TaskRecord } from './mission-data.js';
import { makePlan } from './mission-plan.js';
import { MissionState } from './mission-state.js';
import { rootCause } from './root-cause.js';
import { ancestors, nextTasks } from './schedule.js';
import { taskAttributes } from './search-attributes.js';
import { steps } from './steps.js';
import { quote } from './story.js';
import type { task } from './task.js';
import { trailersOf } from './task-commit.js';
import type { TaskConflict } from './task-context.js';

/** Runs the DAG: ready tasks side by side as child workflows, re-planning when one does not work out. */
export class MissionDag {
  readonly #context: MissionContext;
  readonly #running = new Set<string>();
  /** Failures of our own code, to be thrown where the workflow can fail its task on them. */
  readonly #faults: unknown[] = [];
  #finished = 0;

  /** The plan is one for a change that people have seen already: what does not work out is told to them. */
  readonly #ship: boolean;

  constructor(context: MissionContext, { ship = false }: { readonly ship?: boolean } = {}) {
    this.#context = context;
    this.#ship = ship;
  }

  /** Undefined when every task has passed. */
  async run(): Promise<Stop | 'continue-as-new' | undefined> {
    const { state, unpaused, show } = this.#context;
    state.enter('running');
    const scope = new CancellationScope();
    return scope.run(async () => {
      for (;;) {
        await unpaused();
        const stop = await this.#replanIfNeeded();
        if (stop) {
          scope.cancel();
          await CancellationScope.nonCancellable(() => condition(() => this.#running.size === 0));
          return stop;
        }
        if (state.nodes().every((record) => record.state === 'passed')) return undefined;
        const rest = !this.#ship && historyIsLong(this.#context.input.historyLimit);
        if (rest && this.#running.size === 0) return 'continue-as-new';
        // Before continuing as new the running tasks end: their results must not be lost between two runs.
        if (!rest) this.#startReady();
        show();
        // A plan may keep a task that has failed: the next round re-plans, or ends when it may not any more.
        if (this.#running.size === 0 && this.#failed().length > 0) continue;
        const seen = this.#finished;
        await condition(() => this.#finished > seen);
        if (this.#faults.length > 0) throw this.#faults[0];
      }
    });
  }

  #startReady(): void {
    const { state } = this.#context;
    const plan = state.plan();
    if (!plan) return;
    const { parallelTasks } = state.ground().base.blueprint.limits;
    for (const ready of nextTasks(plan.tasks, state.states(), parallelTasks)) {
      state.start(ready.id);
      this.#running.add(ready.id);
      void this.#runTask(ready).finally(() => {
        this.#running.delete(ready.id);
        this.#finished++;
      });
    }
  }

  async #runTask(node: PlanTask): Promise<void> {
    const { state } = this.#context;
    try {
      state.finish(node.id, await this.#executeTask(node));
    } catch (error) {
      if (isCancellation(error) && isCancelledAlone())
        state.finish(node.id, { state: 'failed', because: 'it was cancelled by itself, in Temporal' });
      else if (isCancellation(error)) state.finish(node.id, { state: 'cancelled', because: 'cancelled' });
      else if (error instanceof ChildWorkflowFailure || error instanceof ActivityFailure)
        state.finish(node.id, { state: 'failed', because: rootCause(error) });
      else this.#faults.push(error);
    }
  }

  async #executeTask(node: PlanTask): Promise<TaskResult> {
    const { state } = this.#context;
    const { historyLimit } = this.#context.input;
    const { item } = state;
    const plan = state.plan();
    const { base, baseline } = state.ground();
    const { conflict } = state.data;
    const before = ancestors(plan?.tasks ?? [], node.id);
    const start = await this.#startOf(node);
    return executeChild<typeof task>('task', {
      workflowId: workflowId.task(item.key, node.id),
      args: [
        {
          item: item.key,
          repo: item.repo,
          node,
          blueprint: base.blueprint,
          blueprintRef: base.blueprintRef,
          near: base.tree,
          start,
          words: [item.title, item.problem, item.expected, ...item.acceptance, ...recentNotes(state)].join('\n'),
          baseline: node.kind === 'scenario' ? {} : (conflict?.baseline ?? baseline),
          targets: MissionState.targets([...before, node]),
          ...(conflict && node.kind === 'change' && { conflict: sidesOf(conflict.conflict) }),
          ...(state.hasAgents() && {
            agents: { kind: item.type, brief: taskBrief(state, before) },
            ...(historyLimit !== undefined && { historyLimit }),
          }),
        },
      ],
      // A mission that ends takes its tasks along, and they clean up.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      staticSummary: `${node.id}: ${quote(node.title, 120)}`,
      staticDetails: quote(node.goal, 1000),
      typedSearchAttributes: taskAttributes(item.key, item.repo),
    });
  }

  /** The commit that a task starts from: the base, or what it needs, brought together. */
  async #startOf(node: PlanTask): Promise<{ commit: string; tree: string }> {
    const { state } = this.#context;
    const { base } = state.ground();
    const { change, conflict } = state.data;
    if (conflict && node.kind === 'change') return { commit: conflict.conflict.commit, tree: conflict.conflict.tree };
    // What people have seen, with what was taken in since the plan before ended.
    if (change && node.kind === 'change') return { commit: change.head, tree: change.tree };
    const needed = node.needs.map((need) => state.record(need)).filter(({ commit }) => commit !== undefined);
    const [first] = needed;
    if (!first?.commit || !first.tree) return state.data.reverts ?? { commit: base.commit, tree: base.tree };
    if (needed.length === 1) return { commit: first.commit, tree: first.tree };
    return steps.integrate.executeWithOptions({ summary: `${node.id}: bring ${needed.length} changes together` }, [
      {
        repo: state.item.repo,
        parts: needed.flatMap(({ task: { title, id, role }, commit, detail }) => {
          const trailers = trailersOf(state.item.key, id, role);
          return commit ? [{ commit, title: `${title} (${state.item.key}, ${id})\n\n${detail}\n\n${trailers}` }] : [];
        }),
        message: `Integrate ${node.needs.join(', ')} (${state.item.key})`,
        time: Math.floor(Date.now() / 1000),
      },
    ]);
  }

  #failed(): TaskRecord[] {
    return this.#context.state.nodes().filter(({ state }) => state === 'failed' || state === 'cannot-do');
  }

  async #replanIfNeeded(): Promise<Stop | undefined> {
    const { state } = this.#context;
    const failed = this.#failed();
    if (failed.length === 0) return undefined;
    const evidence = failed.map(
      ({ task: { id }, detail, evidence: blob }) =>
        `${id}: ${detail}${blob ? ` (evidence sha256:${blob.sha256})` : ''}`,
    );
    if (state.isAttended() || this.#ship) return { result: 'cannot-do', because: 'a task did not work out', evidence };
    const hopeless = failed.find(({ final }) => final);
    if (hopeless) return { result: 'failed', because: `${hopeless.task.id}: ${hopeless.detail}`, evidence };
    const { replans } = state.ground().base.blueprint.limits;
    if (state.data.replans >= replans) {
      return { result: 'cannot-do', because: `${replans} re-plans did not help`, evidence };
    }
    state.data.replans++;
    const stop = await makePlan(this.#context);
    return stop && { ...stop, evidence: [...evidence, ...stop.evidence] };
  }
}

function sidesOf({ repo, taken, ours, files }: Conflict): TaskConflict {
  return { repo, taken, ours, files };
}

/** Not with its mission, which has to go on without it. Missions of before wait until somebody ends them. */
function isCancelledAlone(): boolean {
  return !CancellationScope.current().consideredCancelled && patched('task-cancelled-alone-2026-11-21');
}
