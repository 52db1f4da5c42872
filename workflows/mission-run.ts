import { setHandler, workflowInfo } from '@temporalio/workflow';
import { durationMs } from '../schemas/duration.js';
import { changeBranch } from '../schemas/names.js';
import type { Plan } from '../schemas/plan.js';
import { conditionInTime } from './halts.js';
import { handOver, type Order, promptMission } from './messages.js';
import type { MissionContext, Stop } from './mission-context.js';
import { MissionDag } from './mission-dag.js';
import type { RunState, TaskRecord } from './mission-data.js';
import { pushWork } from './mission-kept.js';
import { guide, note, refuse, refuseEmpty } from './mission-messages.js';
import type { MissionState } from './mission-state.js';
import { refusal } from './refusal.js';
import { firstPlan, handedOverPlan, promptPlan } from './run-plan.js';

// A mission with a person at its other end: a task per prompt, until it is handed over and goes on by itself.

/** Registers what that person may say, before anything is awaited. */
export function listenToRun(context: MissionContext): void {
  const { state } = context;
  const refuseOther = (order: Order) => {
    refuse(order, state);
    if (!state.item.interactive) throw refusal('this mission was not started by `signalbox run`');
  };
  setHandler(
    promptMission,
    (order) => {
      // Only the mission knows at this moment whether somebody is at work who can be told.
      if (state.data.stage !== 'attached') return guide(context, order);
      runOf(state).waiting.push(order);
      return note(context, 'prompted', order);
    },
    {
      validator: (order) => {
        refuseOther(order);
        refuseEmpty(order, 'what to do next');
      },
    },
  );
  setHandler(
    handOver,
    (order) => {
      runOf(state).handedOver = order;
      return note(context, 'handed over', order);
    },
    {
      validator: (order) => {
        refuseOther(order);
        if (state.data.run?.handedOver) throw refusal('it was handed over before, and goes on by itself');
      },
    },
  );
}

/** The plan of the first prompt. */
export async function planRun({ state, show, unpaused }: MissionContext): Promise<undefined> {
  await unpaused();
  runOf(state);
  adopt(state, firstPlan(state.item, state.ground().base.blueprint));
  show();
}

/** Undefined when it was handed over and every task has passed, those at the end of its plan too. */
export async function attend(context: MissionContext): Promise<Stop | 'continue-as-new' | undefined> {
  const { state } = context;
  for (;;) {
    const alone = !state.isAttended();
    const stop = await new MissionDag(context).run();
    if (stop === 'continue-as-new' || (alone && stop)) return stop;
    if (state.isAttended()) {
      const left = await attached(context, stop);
      if (left) return left;
      // Handed over meanwhile: what did not work out is for the mission's planner, which is asked in the next round.
    } else if (!stop) {
      if (state.nodes().some(({ task }) => task.kind !== 'change')) return undefined;
      adopt(state, handedOverPlan(next(state)));
    }
  }
}

/** Waits for the person: a further prompt or the hand-over, or the end when nobody comes back. */
async function attached(context: MissionContext, stop: Stop | undefined): Promise<Stop | undefined> {
  const { state, show } = context;
  const { item, data } = state;
  const run = runOf(state);
  // The next task is told what became of this one.
  data.notes.push(...(stop?.evidence ?? []).filter((line) => !data.notes.includes(line)));
  state.enter('attached', {
    who: item.reporter?.name ?? item.reporter?.id ?? 'whoever started it',
    what: `the next prompt, or the hand-over: signalbox run --attach ${item.key}`,
  });
  show();
  const { approvalDeadline } = state.ground().base.blueprint.policy;
  const came = () => run.waiting.length > 0 || run.handedOver !== undefined;
  if (!(await conditionInTime(came, durationMs(approvalDeadline)))) {
    return { result: 'cannot-do', because: `nobody came back; ${await keep(context)}`, evidence: [] };
  }
  const prompt = run.waiting.shift();
  if (prompt) adopt(state, promptPlan(next(state), { n: ++run.prompts, text: prompt.text }));
  return undefined;
}

/** Puts what has passed on its branch, where people find it. */
async function keep(context: MissionContext): Promise<string> {
  const { state, input } = context;
  const last = passed(state).at(-1);
  if (!last?.commit || !last.tree) return 'no prompt has led to a change that passes';
  const branch = changeBranch(state.item.key, input.attempt);
  const at = `the work is kept: commit ${last.commit}`;
  return (await pushWork(context, last, branch)) ? `${at}, branch ${branch}` : at;
}

function next(state: MissionState): Parameters<typeof promptPlan>[0] {
  const plan = state.plan();
  if (!plan) throw new Error('the run has no plan yet');
  return { plan, passed: passed(state).map(({ task }) => task), blueprint: state.ground().base.blueprint };
}

function passed(state: MissionState): TaskRecord[] {
  return state.nodes().filter(({ task, state: at }) => task.kind === 'change' && at === 'passed');
}

function adopt(state: MissionState, plan: Plan): void {
  // A version of the plan never changes within a run of the mission: its number says as much as a digest.
  state.adopt(plan, `${workflowInfo().firstExecutionRunId}/${plan.version}`);
}

function runOf(state: MissionState): RunState {
  state.data.run ??= { prompts: 1, waiting: [] };
  return state.data.run;
}
