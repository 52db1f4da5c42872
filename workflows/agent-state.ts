import type { Ending, Notice, OpenedSession } from '../schemas/agent.js';
import { NO_COST } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { Purse } from './purse.js';
import type { SandboxHost } from './sandbox-host.js';

/** Output that is reserved for one call at first; an answer that was cut for length gets more. */
const OUTPUT_TOKENS = 16_000;
/** At least, from one compaction to the next. */
export const TURNS_BETWEEN = 2;
const SHOWN_TURNS = 60;

/** One turn, as people see it. */
export interface TurnView {
  readonly n: number;
  readonly role: string;
  readonly model: string;
  readonly said?: string;
  readonly did?: string;
  readonly usd: number | null;
  readonly context: number;
}

/** Plain data: an agent goes on from it in a later run of its workflow. */
export interface AgentState {
  readonly opened: OpenedSession;
  conversation: string;
  tree: string;
  calls: number;
  turns: number;
  context: number;
  cost: Cost;
  knownUsd: number;
  readonly inbox: Notice[];
  /** Of the last turns: equal ones are no progress. */
  digests: string[];
  silent: number;
  outputTokens: number;
  told80: boolean;
  /** Turns at the last compaction. */
  compactedAt: number;
  prefer?: string;
  /** Milliseconds: since then no provider has quota. */
  withoutQuotaSince?: number;
}

export type AgentEnd =
  | Ending
  | {
      readonly tool: 'none';
      readonly why: 'turns' | 'money' | 'quota' | 'no-progress' | 'refused';
      readonly because: string;
    }
  /** Its history is long: go on from `state` in a new run. */
  | { readonly tool: 'rest' };

export interface AgentOptions {
  readonly host: SandboxHost;
  readonly purse: Purse;
  /** What it works on, for Temporal UI. */
  readonly label: string;
  /** Index of the rung of its route that it works on. */
  readonly rung: number;
  /** Share of the mission's budget from which on it is told to finish. */
  readonly steerAt: number;
  readonly unpaused: () => Promise<void>;
  /** Sleeps until providers have quota again, in milliseconds, and says so; sooner when somebody says to go on. */
  readonly untilQuota: (until: number, because: string) => Promise<void>;
  /** Whether the workflow's history asks for a new run. */
  readonly historyIsLong: () => boolean;
  readonly onTurn: (turn: TurnView) => void;
  readonly onNotes: (notes: readonly string[]) => void;
}

export function startState(opened: OpenedSession, tree: string): AgentState {
  return {
    ...{ opened, tree, conversation: opened.conversation, context: opened.context },
    ...{ calls: 0, turns: 0, cost: NO_COST, knownUsd: 0, inbox: [], digests: [], silent: 0 },
    ...{ outputTokens: OUTPUT_TOKENS, told80: false, compactedAt: -TURNS_BETWEEN },
  };
}

/** The last turns are shown; all of them are in the trace. */
export function shownTurns(turns: readonly TurnView[], next: TurnView): TurnView[] {
  return [...turns, next].slice(-SHOWN_TURNS);
}
