import { setTimeout as sleep } from 'node:timers/promises';
import { Context, getClient } from '@temporalio/activity';
import { createPermission } from '../../activities/halt.js';
import { createHalts } from '../../adapters/temporal/halts.js';
import { agentStubs, roleOf, turnsOf } from './agent-stubs.js';
import { type AllActivities, blueprint, changeTask, person, planOf, stubs, withAgents } from './stubs.js';

// Missions of all kinds with steps that take their time, side by side on one worker, and a ledger of every step: what
// the tests do to these missions in the middle is theirs.

/** What changes something outside. */
const EFFECTS = ['comment', 'setState', 'pushBranch', 'mergeChange'];
const CALLS = ['callModel', 'compactConversation'];
const SANDBOX = ['prepareRepo', 'survey', 'repair', 'runGate', 'runTools'];

export interface Step {
  readonly item: string;
  readonly type: string;
  readonly workflowId: string;
  /** When it really began, milliseconds since the epoch: a refused one never did. */
  readonly at: number;
  readonly input: Record<string, unknown>;
  /** Of an effect: it was made. */
  acted?: true;
  outcome?: 'done' | 'failed';
}

type Kind = keyof typeof KINDS;

const one = async ({ version }: { version: number }) => ({
  plan: planOf(version, [changeTask('one', [], [])]),
  hash: 'h',
});

const asking: Partial<AllActivities> = {
  ...withAgents(),
  runTools: async (input) => {
    const result = await agentStubs.runTools(input);
    const turn = Number(input.conversation.split(' ').at(-1));
    if (roleOf(input.session as never) !== 'coder' || turn > 1) return result;
    return { ...result, ending: { tool: 'ask', question: 'Net or gross?', options: ['net', 'gross'] } };
  },
};

/** Kinds of missions, with about how many steps they take. */
export const KINDS = {
  repair: { steps: 17, activities: {}, input: {} },
  approval: { steps: 17, activities: { reviewChange: async () => [person] }, input: {} },
  agents: { steps: 45, activities: { ...withAgents(), ...turnsOf(4), adoptPlan: one }, input: {} },
  asking: { steps: 40, activities: { ...asking, adoptPlan: one }, input: {} },
  'budget used up': {
    steps: 25,
    activities: {
      ...turnsOf(4),
      ...withAgents({ budget: { usd: 0.08, tokens: 120_000, steerAt: 0.8 } }),
      adoptPlan: one,
    },
    input: {},
  },
  'short deadline': {
    steps: 17,
    activities: {
      readBase: async (input) => {
        const policy = { ...blueprint.policy, approvalReminder: '2s', approvalDeadline: '6s' };
        return { ...(await stubs.readBase(input)), blueprint: { ...blueprint, policy } };
      },
      reviewChange: async () => [person],
    },
    input: {},
  },
  'new runs': {
    steps: 50,
    activities: { ...withAgents(), ...turnsOf(6), adoptPlan: one },
    input: { historyLimit: 25 },
  },
} as const satisfies Record<
  string,
  { readonly steps: number; readonly activities: Partial<AllActivities>; readonly input: object }
>;

/** Of the item's key, `<kind>-<seed>` without blanks. */
function kindOf(item: string): Kind {
  const kind = item.slice(0, item.lastIndexOf('-')).replaceAll('_', ' ');
  if (kind in KINDS) return kind as Kind;
  throw new Error(`no kind of mission: ${item}`);
}

export function itemOf(kind: Kind, n: number): string {
  return `${kind.replaceAll(' ', '_')}-${n}`;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Steps that ask whether everything is halted, take their time, and write down what became of them. */
export function slowSteps(steps: Step[]): AllActivities {
  const permitted = createPermission(createHalts(getClient));
  const random = numbers(7);
  const names = Object.keys(stubs) as (keyof typeof stubs)[];
  const slow = names.map((type) => [
    type,
    async (input: Record<string, unknown>) => {
      const { workflowExecution } = Context.current().info;
      const workflowId = workflowExecution?.workflowId ?? '';
      const item = workflowId.split('/')[1] ?? '';
      const step = (activity: unknown) => (activity as (input: unknown) => Promise<unknown>)(input);
      if (!/^(?:mission|task|review|approval)\//.test(workflowId)) return step(stubs[type]);
      if ([...EFFECTS, ...CALLS, ...SANDBOX].includes(type)) await permitted();
      const begun: Step = { item, type, workflowId, at: Date.now(), input };
      steps.push(begun);
      begun.outcome = 'failed';
      const ms = random() < 0.2 ? 200 + random() * 600 : random() * 50;
      await pause(ms / 2);
      if (EFFECTS.includes(type)) {
        begun.acted = true;
        await sleep(ms / 2);
      } else await pause(ms / 2);
      const activities: Partial<AllActivities> = KINDS[kindOf(item)].activities;
      const result = await step(activities[type] ?? stubs[type]);
      begun.outcome = 'done';
      return result;
    },
  ]);
  return Object.fromEntries(slow);
}

/** Beats, and ends when the step is cancelled. */
async function pause(ms: number): Promise<void> {
  const context = Context.current();
  for (let left = ms; left > 0; left -= 50) {
    context.heartbeat();
    await sleep(Math.min(left, 50), undefined, { signal: context.cancellationSignal });
  }
}

export function isEffectOrCall({ type }: Step): boolean {
  return [...EFFECTS, ...CALLS].includes(type);
}

/** That the mission has ended, where its ticket is. */
export function isWriteBack({ type, input }: Step): boolean {
  const key = String(input.effectKey);
  return (type === 'comment' && key.endsWith('/end')) || (type === 'setState' && key.endsWith('/state-end'));
}
