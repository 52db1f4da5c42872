import { type CancellationScope, getExternalWorkflowHandle, isCancellation, setHandler } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import { packPlans } from '../schemas/plan-versions.js';
import { acknowledged, cancelsInOrder } from './cancelling.js';
import { haltedSince } from './halts.js';
import {
  addBudget,
  answerMission,
  cancelMission,
  fundsGranted,
  fundsReturned,
  fundsWanted,
  type MissionStatus,
  missionPlans,
  missionStatus,
  type Order,
  pauseMission,
  questionAnswered,
  questionAsked,
  quotaAwaited,
  quotaBack,
  resumeMission,
  sourceFolded,
  steerMission,
  taskPaused,
  taskSteered,
} from './messages.js';
import { sourceUnfolded } from './messages-triage.js';
import type { MissionContext } from './mission-context.js';
import { fund } from './mission-money.js';
import { answerQuestion, ask } from './mission-questions.js';
import type { MissionState } from './mission-state.js';
import { answerOf, statusOf } from './mission-status.js';
import { PROVIDERS } from './quota.js';
import { refusal } from './refusal.js';

/** Registers what people and the mission's own tasks may say, before anything is awaited. */
export function listen(context: MissionContext, work: CancellationScope): void {
  listenToPeople(context, work);
  listenToTasks(context, work);
}

function listenToPeople(context: MissionContext, work: CancellationScope): void {
  const { state } = context;
  setHandler(missionStatus, () => {
    const since = haltedSince();
    return { ...statusOf(state), ...(since !== undefined && !state.data.outcome && { halted: since }) };
  });
  setHandler(missionPlans, () => packPlans(state.data.plans));
  setHandler(sourceFolded, (folded) => state.fold(folded));
  setHandler(sourceUnfolded, (folded) => state.unfold(folded));
  const validator = (order: Order) => refuse(order, state);
  const withText = (order: Order) => {
    validator(order);
    refuseEmpty(order, 'what to do differently');
  };
  setHandler(steerMission, (order) => guide(context, order), { validator: withText });
  const pause = (paused: boolean, kind: string) => (order: Order) => {
    state.data.paused = paused;
    const status = note(context, kind, order);
    return state.hasAgents() ? tellAgents(state, status, (task) => task.signal(taskPaused, paused)) : status;
  };
  setHandler(pauseMission, pause(true, 'paused'), { validator });
  const resume = pause(false, 'resumed');
  setHandler(
    resumeMission,
    (order) => {
      context.resumed++;
      return wakeReviews(state, resume(order));
    },
    { validator },
  );
  setHandler(
    cancelMission,
    (order) => {
      // Said twice, it is cancelled once.
      if (state.data.cancelled && cancelsInOrder()) return acknowledged(context).then(() => answerOf(state));
      state.data.cancelled = order;
      state.data.paused = false;
      if (cancelsInOrder()) state.enter('cancelling');
      work.cancel();
      const status = note(context, 'cancelled', order);
      return cancelsInOrder() ? acknowledged(context).then(() => answerOf(state)) : status;
    },
    { validator: (order) => refuseAny(order, state) },
  );
  setHandler(
    addBudget,
    (order) => {
      const { usd, tokens } = state.ground().base.blueprint.budget;
      // Tokens grow along: where no price is known they are what holds it.
      state.budget()?.raise({ usd: order.usd, tokens: Math.round((tokens * order.usd) / usd) });
      return note(context, `$${order.usd} added`, order);
    },
    {
      validator: (order) => {
        validator(order);
        if (!(order.usd > 0 && order.usd < 1_000_000)) throw refusal('usd: expected an amount of dollars over 0');
        if (!state.data.budget) throw refusal('this mission has no budget: no models are configured');
      },
    },
  );
  setHandler(
    answerMission,
    (order) => {
      answerQuestion(state, order.text);
      return note(context, 'answered', order);
    },
    {
      validator: (order) => {
        withText(order);
        if (state.questions().length === 0) throw refusal('nothing is asked');
      },
    },
  );
}

function listenToTasks(context: MissionContext, work: CancellationScope): void {
  const { state, show } = context;
  setHandler(fundsWanted, ({ holder, wanted, spent }) =>
    untilCancelled(work, async () => {
      state.budget()?.told(holder, spent);
      const grant = await fund(context, holder, wanted);
      await getExternalWorkflowHandle(holder).signal(fundsGranted, grant);
    }),
  );
  setHandler(fundsReturned, ({ holder, spent }) => {
    state.budget()?.returned(holder, spent);
    state.unpark(holder);
  });
  setHandler(quotaAwaited, ({ holder, what }) => {
    state.park(holder, { who: PROVIDERS, what });
    show();
  });
  setHandler(quotaBack, ({ holder }) => {
    state.unpark(holder);
    show();
  });
  setHandler(questionAsked, (question) =>
    untilCancelled(work, async () => {
      const answer = await ask(context, question);
      await getExternalWorkflowHandle(question.holder).signal(questionAnswered, answer);
    }),
  );
}

/** Whoever waits for an answer is cancelled together with the mission, and needs none. */
async function untilCancelled(work: CancellationScope, answer: () => Promise<void>): Promise<void> {
  try {
    await work.run(answer);
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

/** What somebody said goes into the mission's memory. */
export function note({ state, show }: MissionContext, kind: string, { by, text }: Order): MissionStatus {
  state.data.notes.push(`${kind} by ${by.name ?? by.id}${text ? `: ${text}` : ''}`);
  show();
  return answerOf(state);
}

/** For the next plan or iteration, and for the agents that are at work now. */
export function guide(context: MissionContext, order: Order): MissionStatus | Promise<MissionStatus> {
  const { state } = context;
  const status = note(context, 'steered', order);
  return state.hasAgents() ? tellAgents(state, status, (task) => task.signal(taskSteered, order.text)) : status;
}

/** Tasks without agents have nobody to tell: they take notes when they start. */
async function tellAgents(
  state: MissionState,
  status: MissionStatus,
  tell: (task: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<MissionStatus> {
  const running = state.nodes().filter((record) => record.state === 'running' && record.task.kind === 'change');
  await Promise.all(
    running.map(({ task }) =>
      // One that has just ended needs no telling.
      tell(getExternalWorkflowHandle(workflowId.task(state.item.key, task.id))).catch(() => undefined),
    ),
  );
  return status;
}

/** Reviewers that wait for quota are not told of pauses otherwise. */
function wakeReviews(
  state: MissionState,
  resumed: MissionStatus | Promise<MissionStatus>,
): MissionStatus | Promise<MissionStatus> {
  const waiting = Object.keys(state.data.parked ?? {}).filter((holder) => holder.startsWith('review/'));
  if (waiting.length === 0) return resumed;
  const wake = (review: string) => getExternalWorkflowHandle(review).signal(taskPaused, false);
  // One that has just ended needs no waking.
  return Promise.all(waiting.map((review) => wake(review).catch(() => undefined))).then(() => resumed);
}

export function refuse(order: Order, state: MissionState): void {
  refuseAny(order, state);
  if (state.data.cancelled) throw refusal('the mission is being cancelled');
}

function refuseAny(order: Order, state: MissionState): void {
  refuseUnclear(order);
  if (state.data.outcome) throw refusal(`the mission has ended: ${state.data.outcome.result}`);
}

export function refuseUnclear(order: Order): void {
  if (typeof order?.by?.id !== 'string' || order.by.id === '') throw refusal('by.id: expected who gives the order');
  if (typeof order.text !== 'string' || order.text.length > 4000)
    throw refusal('text: expected at most 4,000 characters');
}

export function refuseEmpty({ text }: Order, expected: string): void {
  if (text.trim() === '') throw refusal(`text: expected ${expected}`);
}
