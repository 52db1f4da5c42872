import { createHash } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { CallModel, OpenSession, RunTools, ToolsResult } from '../../schemas/agent.js';
import type { Change } from '../../schemas/change.js';
import type { Plan, PlanTask } from '../../schemas/plan.js';
import { addBudget, type MissionStatus, pauseMission, resumeMission, steerMission } from '../../workflows/messages.js';
import { agentStubs, answered, roleOf } from './agent-stubs.js';
import { type AllActivities, BLOB, blueprint, changeTask, id, operator, planOf, verdict } from './stubs.js';

// A run of many prompts: what its stubbed activities do, and a model of what the mission has to make of it.

export const ITEM = 'LONG-1';
export const TASKS = 200;
const TURNS = 10;
/** One task is so long that it continues as new itself. */
export const LONG_TASK = 100;
export const LONG_TURNS = 300;
export const REPLANS = 2;

const sha = (text: string) => createHash('sha1').update(text).digest('hex');
const commitOf = (tree: string) => sha(`commit of ${tree}`);
export const treeOf = (task: string, turn: number) => sha(`${task} after turn ${turn}`);
const numberOf = (task: string) => (task === 'run' ? 1 : Number(task.slice('run-'.length)));
export const nameOf = (n: number) => (n === 1 ? 'run' : `run-${n}`);
const taskOf = (session: string) => session.split('/').at(-3) ?? '';
export const turnsOf = (task: string) => (task === nameOf(LONG_TASK) ? LONG_TURNS : TURNS);
export const failing = (n: number) => n % 25 === 13;
const asking = (n: number) => n % 10 === 3;

/** Everything that was said and acknowledged, and what the mission has to have made of it. */
export class Model {
  readonly said: string[] = [];
  readonly answers: string[] = [];
  readonly told: string[] = [];
  readonly starts = new Map<string, string>();
  readonly archived: MissionStatus[] = [];
  raised = 0;
  calls = 0;
  merged: Change | undefined;
  #n = 0;

  word(kind: string): string {
    return `${kind} number ${++this.#n}.`;
  }
}

export function promptOf(n: number): string {
  return `Prompt ${n}: add flag number ${n} to the command, document it in its help and in the manual, and test it.`;
}

type Kind = 'steer' | 'pause' | 'resume' | 'raise';

export async function say(mission: () => WorkflowHandle, model: Model, kind: Kind): Promise<void> {
  const text = model.word(kind);
  const orders = { steer: steerMission, pause: pauseMission, resume: resumeMission };
  if (kind === 'raise') {
    await mission().executeUpdate(addBudget, { args: [{ by: operator, text, usd: 1 }] });
    model.raised++;
  } else await mission().executeUpdate(orders[kind], order(text));
  model.said.push(text);
}

export function order(text: string) {
  return { args: [{ by: operator, text }] as [{ by: typeof operator; text: string }] };
}

export function noted(model: Model, kind: string): string {
  const text = model.word(kind);
  model.said.push(text);
  return text;
}

export function activitiesOf(model: Model, mission: () => WorkflowHandle): Partial<AllActivities> {
  const turns = new Map<string, number>();
  let scenarios = 0;
  const long = {
    ...blueprint,
    review: { ...blueprint.review, lenses: ['correctness' as const] },
    budget: { ...blueprint.budget, usd: 50 },
    policy: { ...blueprint.policy, approvalDeadline: '336h', approvalReminder: '24h' },
  };
  return {
    readBase: async () => ({
      ...{
        branch: 'main',
        commit: id('base'),
        tree: id('base tree'),
        blueprint: long,
        blueprintRef: BLOB,
        agents: true,
      },
    }),
    openSession: async (input: OpenSession) => {
      if (input.role === 'coder') model.starts.set(taskOf(input.key), input.tree);
      return { ...(await agentStubs.openSession(input)), maxTurns: 500 };
    },
    callModel: async ({ session, n, inbox = [] }: CallModel) => {
      model.calls++;
      model.told.push(...inbox.map(({ text }) => text));
      return { ...answered, conversation: `${session} ${n}` };
    },
    runTools: async (input: RunTools): Promise<ToolsResult> => {
      const result = await agentStubs.runTools(input);
      const task = taskOf(input.session);
      if (roleOf(input.session) !== 'coder' || !task.startsWith('run')) return result;
      const turn = (turns.get(task) ?? 0) + 1;
      turns.set(task, turn);
      const { ending: done, ...going } = { ...result, tree: treeOf(task, turn) };
      const n = numberOf(task);
      if (turn === 3 && n % 3 === 1) await say(mission, model, 'steer');
      if (turn === 6 && n % 9 === 4) await say(mission, model, 'pause');
      if (turn === 5 && asking(n)) {
        const question = `What should flag ${n} be called?`;
        return { ...going, ending: { tool: 'ask', question, options: [] } };
      }
      if (turn < turnsOf(task)) return going;
      if (failing(n)) return { ...going, ending: { tool: 'cannot_do', because: 'there is no such command' } };
      return { ...going, ...(done && { ending: done }) };
    },
    commitTree: async ({ tree }) => ({ commit: commitOf(tree), tree }),
    runGate: async ({ gate, tree }) =>
      verdict(gate, tree, gate === 'end-to-end' && ++scenarios <= REPLANS ? 'fail' : 'pass'),
    adoptPlan: async ({ version, previous }) => ({ plan: replanned(version, previous), hash: `hash-${version}` }),
    mergeChange: async ({ change }) => {
      model.merged = change;
      return { merged: id('merge'), already: false };
    },
    archiveRun: async ({ status }) => {
      model.archived.push(status as MissionStatus);
      return { seq: model.archived.length, missing: 0 };
    },
  };
}

/** What has passed stays; one more task, and the end once more. */
function replanned(version: number, previous?: { readonly plan: Plan }): Plan {
  const changes = (previous?.plan.tasks ?? []).filter(({ kind }) => kind === 'change');
  const mend = changeTask(`mend-${version}`, [changes.at(-1)?.id ?? ''], []);
  const again = ({ id: name, ...task }: PlanTask): PlanTask => ({
    ...task,
    ...(task.kind === 'change' ? { id: name } : { id: `${name}-${version}` }),
    needs: task.kind === 'scenario' ? [`integrate-${version}`] : task.kind === 'integrate' ? [mend.id] : task.needs,
  });
  const plan = planOf(version, [mend]);
  return { ...plan, tasks: [...changes, ...plan.tasks.map(again)] };
}
