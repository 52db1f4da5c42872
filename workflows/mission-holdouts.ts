import type { Change } from '../schemas/change.js';
import type { HoldoutProgress } from '../schemas/holdouts.js';
import { satisfactionVerdict } from '../schemas/satisfaction.js';
import type { MissionContext, Stop } from './mission-context.js';

/** Set-up on a host that has not seen the repo yet comes before the runs. */
const SETUP_MS = 30 * 60_000;

/**
 * Scenarios that nobody who works on the code has seen, run so often on the head that luck is told from satisfaction.
 * Undefined: satisfied, or the operator keeps none.
 */
export async function satisfy({ state, host, show }: MissionContext, change: Change): Promise<Stop | undefined> {
  const { base } = state.ground();
  if (!base.holdouts || state.data.satisfaction?.tree === change.tree) return undefined;
  const { repo } = change;
  const { runs, atLeast, confidence } = base.blueprint.satisfaction;
  state.enter('hold-outs');
  show();
  const { scenarios, roundMs } = await host.run(
    'countHoldouts',
    { repo },
    // It reads one small file.
    { summary: `How many hold-out scenarios has ${repo}?`, timeoutMs: 60_000 },
  );
  const result = await host.run(
    'runHoldouts',
    { repo, tree: change.tree, near: base.tree, blueprint: base.blueprintRef, runs, confidence },
    {
      summary: `${scenarios} hold-out scenarios, ${runs} runs each`,
      timeoutMs: roundMs * runs + SETUP_MS,
      resume: (input, progress) => ({
        ...input,
        ...(progress !== undefined && { progress: progress as HoldoutProgress }),
      }),
    },
  );
  const verdict = satisfactionVerdict({ ...result, atLeast });
  state.data.satisfaction = { tree: change.tree, ...verdict, ...(result.log && { log: result.log }) };
  if (verdict.outcome === 'pass') return undefined;
  return {
    result: 'failed',
    because: `the hold-out scenarios are not satisfied: ${verdict.reason}`,
    evidence: result.log ? [`what they said is for people: sha256:${result.log.sha256}`] : [],
  };
}
