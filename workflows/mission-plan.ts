import { ApplicationFailure } from '@temporalio/workflow';
import type { Subject } from '../activities/host.js';
import type { PlanOutcome } from '../activities/planner.js';
import { durationMs } from '../schemas/duration.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import { planProblems } from '../schemas/plan-rules.js';
import type { Verdict } from '../schemas/verdict.js';
import { runGates } from './gates.js';
import { MissionBudget } from './mission-budget.js';
import type { MissionContext, Stop } from './mission-context.js';
import { draftPlan } from './mission-draft.js';
import { steps } from './steps.js';

const SETUP_MS = 30 * 60_000;
const NO_MODEL =
  'no model is configured: set ANTHROPIC_API_KEY, OPENAI_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL, for the worker';

/** Reads the base, installs what it needs, and finds out what is red there before anything is changed. */
export async function readGround({ state, host, show, unpaused }: MissionContext): Promise<Stop | undefined> {
  const { item } = state;
  const base = await steps.readBase.executeWithOptions({ summary: `Read the base branch of ${item.repo}` }, [
    { repo: item.repo, ...(item.team !== undefined && { team: item.team }) },
  ]);
  const { blueprint, tree } = base;
  if (base.agents) state.data.budget ??= MissionBudget.of(blueprint.budget, base.scopes);
  else if (item.interactive) return { result: 'cannot-do', because: NO_MODEL, evidence: [] };
  const subject: Subject = { repo: item.repo, tree, near: tree, blueprint: base.blueprintRef };
  state.enter('set-up');
  show();
  await host.run('prepareRepo', subject, { summary: 'Install dependencies', timeoutMs: SETUP_MS });

  await unpaused();
  state.enter('survey');
  show();
  // Surveys are for the planner; somebody who waits at a terminal has none.
  const modules = item.interactive ? [] : Object.keys(blueprint.modules);
  const gates = blueprint.gates.filter(({ report }) => report !== undefined);
  const [surveys, verdicts] = await Promise.all([
    Promise.all(
      modules.map((module) =>
        host.run(
          'survey',
          { ...subject, module },
          { summary: `Survey the tests of ${module}`, timeoutMs: durationMs(blueprint.limits.taskWallTime) + SETUP_MS },
        ),
      ),
    ),
    runGates({ host, subject, gates, baseline: {}, targets: {}, label: 'base' }),
  ]);
  state.data.ground = {
    base,
    surveys,
    baseline: Object.fromEntries(verdicts.map((verdict) => [verdict.gate, verdict])),
  };
  return undefined;
}

/** Plan, then its critique by rules. Also the re-plan: the plan before and what became of it are then input. */
export async function makePlan(context: MissionContext): Promise<Stop | undefined> {
  const { state, show, unpaused } = context;
  await unpaused();
  if (state.data.plans.length === 0) state.enter('planning');
  show();
  if (state.hasAgents()) {
    const drafted = await draftPlan(context);
    if ('result' in drafted) return drafted;
    state.adopt(drafted.plan, drafted.hash);
    await estimate(context);
    return undefined;
  }
  const outcome = await askPlanner(context);
  if ('cannotDo' in outcome) {
    const base = baseEvidence(Object.values(state.ground().baseline));
    return { result: 'cannot-do', because: outcome.cannotDo, evidence: [...outcome.evidence, ...base] };
  }
  const problems = planProblems(outcome.plan);
  if (problems.length > 0) {
    const message = `the plan was refused: ${problems.join('; ')}`;
    throw ApplicationFailure.nonRetryable(message, PERMANENT_FAILURES.InvalidPlan);
  }
  state.adopt(outcome.plan, outcome.hash);
  return undefined;
}

/** Said before the plan is started, and kept beside what it really costs. */
async function estimate({ state }: MissionContext): Promise<void> {
  const plan = state.plan();
  const budget = state.budget();
  if (!plan || !budget) return;
  const left = plan.tasks.filter(({ id }) => state.record(id).state === 'waiting');
  state.data.estimate = await steps.estimateCost.executeWithOptions({ summary: 'What will it cost?' }, [
    { repo: state.item.repo, kind: state.item.type, tasks: left, spent: budget.spent() },
  ]);
}

function askPlanner({ state }: MissionContext): Promise<PlanOutcome> {
  const { base, surveys, baseline } = state.ground();
  const previous = state.plan();
  const version = (previous?.version ?? 0) + 1;
  const { modules, gates, scenarios } = base.blueprint;
  return steps.planMission.executeWithOptions({ summary: previous ? `Re-plan, version ${version}` : 'Plan' }, [
    {
      item: state.item,
      blueprint: { modules, gates, scenarios },
      surveys: surveys.map(({ survey }) => survey),
      baseline,
      version,
      notes: state.data.notes,
      ...(previous && { previous: { plan: previous, reports: state.reports() } }),
    },
  ]);
}

function baseEvidence(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ gate, outcome, reason }) => `gate ${gate} on the base: ${outcome}, ${reason}`);
}
