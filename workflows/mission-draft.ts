import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { DraftOutcome } from '../activities/plan-draft.js';
import type { Notice, OpenSession } from '../schemas/agent.js';
import { Agent } from './agent.js';
import type { AgentEnd, AgentOptions } from './agent-state.js';
import { cancelsInOrder } from './cancelling.js';
import type { MissionContext, Stop } from './mission-context.js';
import { ownPurse } from './mission-money.js';
import { ask } from './mission-questions.js';
import type { Purse } from './purse.js';
import { PROVIDERS, waitsFor } from './quota.js';
import { steps } from './steps.js';

/** Drafts that rules or the critic may send back before the planner is given up. */
const DRAFTS = 5;
/** Rounds of the critic; what it still objects to then is a risk of the plan, which people see. */
const CRITIQUES = 2;

type Drafted = Extract<DraftOutcome, { plan: unknown }>;

/**
 * A planner's draft, checked by rules and then by a critic of another model where there is one. Holes that only the
 * reporter can fill are asked once. Gives the plan, or why there is none.
 */
export async function draftPlan(context: MissionContext): Promise<Drafted | Stop> {
  const { state } = context;
  const version = (state.plan()?.version ?? 0) + 1;
  const holder = `plan-${version}`;
  const purse = ownPurse(context, holder);
  const planner = await Agent.open(
    await brief(context, version),
    options(context, { purse, holder }, `plan ${version}`),
  );
  try {
    return await draft(context, { planner, purse, holder, version });
  } catch (error) {
    await releaseIfCancelled(planner, error);
    throw error;
  } finally {
    state.budget()?.returned(holder, purse.state.spent);
  }
}

interface Paid {
  readonly purse: Purse;
  /** Under which the mission's budget knows it. */
  readonly holder: string;
}

interface Drafting extends Paid {
  readonly planner: Agent;
  readonly version: number;
}

async function draft(context: MissionContext, drafting: Drafting): Promise<Drafted | Stop> {
  const { planner, version } = drafting;
  let critiques = 0;
  let refused = '';
  for (let drafts = 1; drafts <= DRAFTS; drafts++) {
    const end = await planner.run();
    if (end.tool === 'ask') {
      planner.tell(await askReporter(context, [end.question]));
      continue;
    }
    if (end.tool !== 'submit') return stopped(end);
    const outcome = await adopt(context, version, end.output);
    if ('problems' in outcome) {
      refused = outcome.problems.join('; ');
      planner.tell({
        from: 'rules',
        text: ['The plan can not run as it is:', ...bullets(outcome.problems)].join('\n'),
      });
    } else if ('questions' in outcome) {
      planner.tell(await askReporter(context, outcome.questions));
    } else {
      const objections = critiques++ < CRITIQUES ? await criticise(context, drafting, outcome) : [];
      if (objections.length === 0) return outcome;
      refused = objections.join('; ');
      planner.tell({
        from: 'the critic',
        text: ['Answer these with a better plan:', ...bullets(objections)].join('\n'),
      });
    }
  }
  return {
    result: 'failed',
    because: `${DRAFTS} drafts of a plan were not accepted; the last one: ${refused || 'it had nothing but questions'}`,
    evidence: [],
  };
}

function stopped(end: Exclude<AgentEnd, { tool: 'submit' | 'ask' }>): Stop {
  if (end.tool === 'rest') throw new Error('a planner does not rest');
  if (end.tool === 'cannot_do') return { result: 'cannot-do', because: end.because, evidence: [] };
  if (end.tool === 'split_me') {
    const because = `this is several items, not one: ${end.because}`;
    return { result: 'cannot-do', because, evidence: [...end.parts] };
  }
  return { result: 'failed', because: `there is no plan: ${end.because}`, evidence: [] };
}

async function brief({ state }: MissionContext, version: number): Promise<OpenSession> {
  const { base, surveys, baseline } = state.ground();
  const { item } = state;
  const previous = state.plan();
  const parts = await steps.planBrief.executeWithOptions(
    { summary: `What the planner of version ${version} is told` },
    [
      {
        item,
        tree: base.tree,
        blueprint: base.blueprintRef,
        surveys: surveys.map(({ survey }) => survey),
        baseline,
        notes: state.data.notes,
        spent: state.spend().usd,
        ...(previous && { previous: { plan: previous, reports: state.reports() } }),
      },
    ],
  );
  return session(state, { role: 'planner', name: `plan-${version}`, brief: parts });
}

type Part = Pick<OpenSession, 'role' | 'brief' | 'avoid'> & { readonly name: string };

function session(state: MissionContext['state'], { name, ...part }: Part): OpenSession {
  const { base } = state.ground();
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return {
    ...part,
    key: `${workflowId}/${firstExecutionRunId}/${name}`,
    kind: 'plan',
    repo: state.item.repo,
    near: base.tree,
    tree: base.tree,
    blueprint: base.blueprintRef,
  };
}

function options(context: MissionContext, { purse, holder }: Paid, label: string): AgentOptions {
  const { state, host, unpaused, show } = context;
  return {
    ...{ host, purse, label, unpaused, rung: 0, historyIsLong: () => false },
    untilQuota: async (until, because) => {
      state.park(holder, { who: PROVIDERS, what: waitsFor(state.item.key, { until, because }) });
      show();
      const before = context.resumed;
      await condition(() => context.resumed > before, Math.max(1, until - Date.now()));
      state.unpark(holder);
      show();
    },
    steerAt: state.ground().base.blueprint.budget.steerAt,
    onTurn: () => {
      state.budget()?.told(holder, purse.state.spent);
      show();
    },
    onNotes: (notes) => {
      state.data.notes.push(...notes);
    },
  };
}

function adopt({ state }: MissionContext, version: number, output: Parameters<typeof steps.adoptPlan>[0]['output']) {
  const { base, surveys, baseline } = state.ground();
  const previous = state.plan();
  return steps.adoptPlan.executeWithOptions({ summary: `Check draft of plan ${version} by rules` }, [
    {
      output,
      item: state.item,
      blueprint: base.blueprintRef,
      surveys: surveys.map(({ survey }) => survey),
      baseline,
      version,
      // Asked once: after that it has to decide.
      mayAsk: !state.data.askedReporter,
      ...(previous && { previous: { plan: previous, reports: state.reports() } }),
    },
  ]);
}

async function askReporter(context: MissionContext, questions: readonly string[]): Promise<Notice> {
  const { state } = context;
  if (state.data.askedReporter) {
    return { from: 'signalbox', text: 'The reporter was asked before. Decide yourself and state it as an assumption.' };
  }
  state.data.askedReporter = true;
  const question = questions.join('\n');
  const answer = await ask(context, { holder: '', node: 'the planner', question, options: [] });
  return answer === null
    ? { from: 'signalbox', text: 'Nobody answered in time. Decide yourself and state it as an assumption.' }
    : { from: 'the reporter', text: answer };
}

/** What a critic objects to; nothing when it accepts, or has nothing to say for lack of money. */
async function criticise(
  context: MissionContext,
  { planner, purse, holder, version }: Drafting,
  { plan }: Drafted,
): Promise<readonly string[]> {
  const { state } = context;
  const parts = await steps.criticBrief.executeWithOptions({ summary: `What the critic of plan ${version} is told` }, [
    { item: state.item, plan },
  ]);
  const { prefer } = planner.state;
  const critic = await Agent.open(
    session(state, {
      role: 'critic',
      name: `critic-${version}-${planner.state.calls}`,
      brief: parts,
      ...(prefer !== undefined && { avoid: [prefer] }),
    }),
    options(context, { purse, holder }, `critique of plan ${version}`),
  );
  const end = await critic.run().catch(async (error: unknown) => {
    await releaseIfCancelled(critic, error);
    throw error;
  });
  if (end.tool !== 'submit') {
    state.data.notes.push(`plan ${version} was not critiqued: ${'because' in end ? end.because : end.tool}`);
    return [];
  }
  return steps.readObjections.executeWithOptions({ summary: `What the critic of plan ${version} objects to` }, [
    { output: end.output },
  ]);
}

async function releaseIfCancelled(agent: Agent, error: unknown): Promise<void> {
  if (isCancellation(error) && cancelsInOrder()) await CancellationScope.nonCancellable(() => agent.release());
}

function bullets(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${line}`);
}
