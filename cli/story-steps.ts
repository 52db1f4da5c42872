import type { CallResult, OpenedSession, OpenSession, ToolsResult } from '../schemas/agent.js';
import type { RunHistory } from '../schemas/history.js';
import type { Usage } from '../schemas/money.js';
import type { StageTime } from '../schemas/outcome.js';
import type { Verdict } from '../schemas/verdict.js';
import { type HistoryStep, stepsOf } from './history-steps.js';

// One step of a mission, as far as its kind is known; every other step is told by its name and summary. Pure.

export interface ModelCall {
  readonly role: string;
  readonly model: string;
  readonly usage: Usage;
  /** Null: its price is unknown. */
  readonly usd: number | null;
  /** Tokens of the conversation. */
  readonly context: number;
  readonly stop: CallResult['stop'];
  readonly said?: string;
  /** Why another model than the preferred one answered. */
  readonly instead?: string;
}

export interface StoryStep {
  readonly name: string;
  readonly summary: string;
  /** Stage of the mission when it began. */
  readonly stage: string;
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly ms?: number;
  readonly attempts: number;
  readonly failure?: string;
  readonly call?: ModelCall;
  readonly tools?: Pick<ToolsResult, 'did' | 'refused' | 'ending'>;
  readonly gate?: Pick<Verdict, 'gate' | 'outcome' | 'reason' | 'cached'>;
}

export interface Known {
  readonly stages: readonly StageTime[];
  /** Session -> role. */
  readonly roles: ReadonlyMap<string, string>;
}

/** An agent's session may have been opened in an earlier run than the one that uses it. */
export function sessionRoles(runs: readonly RunHistory[]): ReadonlyMap<string, string> {
  const roles = new Map<string, string>();
  for (const { name, input, result } of runs.flatMap(({ history }) => stepsOf(history))) {
    if (name !== 'openSession' || !result) continue;
    roles.set((result as OpenedSession).session, (input as OpenSession).role);
  }
  return roles;
}

export function storyStep(step: HistoryStep, known: Known): StoryStep {
  const { name, summary, startedAt, endedAt, attempts, failure } = step;
  return {
    name,
    summary,
    stage: stageAt(known.stages, startedAt),
    startedAt,
    ...(endedAt !== undefined && { ms: Date.parse(endedAt) - Date.parse(startedAt) }),
    attempts,
    ...(failure !== undefined && { failure }),
    ...details(step, known),
  };
}

function details({ name, input, result }: HistoryStep, { roles }: Known): Pick<StoryStep, 'call' | 'tools' | 'gate'> {
  if (typeof result !== 'object' || result === null) return {};
  if (name === 'callModel' || name === 'compactConversation') {
    const { model, usage, usd, context, stop, said, instead } = result as CallResult;
    const role = roles.get((input as { readonly session: string }).session) ?? 'unknown role';
    const words = { ...(said !== undefined && { said }), ...(instead !== undefined && { instead }) };
    return { call: { role, model, usage, usd, context, stop, ...words } };
  }
  if (name === 'runTools') {
    const { did, refused, ending } = result as ToolsResult;
    return { tools: { did, refused, ...(ending && { ending }) } };
  }
  if (name === 'runGate') {
    const { gate, outcome, reason, cached } = result as Verdict;
    return { gate: { gate, outcome, reason, cached } };
  }
  return {};
}

function stageAt(stages: readonly StageTime[], at: string): string {
  const time = Date.parse(at);
  const begun = stages.filter(({ startedAt }) => Date.parse(startedAt) <= time);
  return (begun.at(-1) ?? stages[0])?.stage ?? '';
}
