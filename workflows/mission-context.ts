import { workflowId } from '../schemas/names.js';
import type { MissionResult } from '../schemas/outcome.js';
import type { WorkItem } from '../schemas/work-item.js';
import type { PackedMission } from './mission-pack.js';
import type { MissionState } from './mission-state.js';
import type { SandboxHost } from './sandbox-host.js';
import { thisExecution } from './this-execution.js';

export interface MissionInput {
  readonly item: WorkItem;
  /** Number of this mission among those of the item, from 1. */
  readonly attempt: number;
  /** It has one thing to do: to take this merge back. */
  readonly revert?: { readonly mergeCommit: string };
  /** Of the run before, when continued as new. */
  readonly state?: PackedMission;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/** What the parts of a mission share. */
export interface MissionContext {
  readonly input: MissionInput;
  readonly state: MissionState;
  readonly host: SandboxHost;
  /** Shows the present state in Temporal UI. */
  readonly show: () => void;
  /** Waits while a person has paused the mission. */
  readonly unpaused: () => Promise<void>;
  /** While a person is asked for more money: one question for everybody who waits for it. */
  raising?: Promise<void>;
  /** Ids of the approvals that people are asked for now. */
  readonly open: Set<string>;
  /** Its work is over, and so is everything that it started. */
  settled: boolean;
  /** How often somebody said to go on. */
  resumed: number;
  /** By scope, while it is asked for a tranche. */
  readonly asking: Record<string, Promise<void>>;
}

/** What its work came to. */
export interface Ended {
  readonly result: MissionResult;
  readonly because: string;
  readonly evidence: readonly string[];
  readonly mergeCommit?: string;
}

/** An honest stop: the reason, and what it rests on. */
export interface Stop {
  readonly result: 'cannot-do' | 'rejected' | 'failed' | 'cancelled';
  readonly because: string;
  readonly evidence: readonly string[];
}

/** In the base. */
export interface Shipped {
  readonly mergeCommit: string;
  readonly because: string;
  readonly evidence: readonly string[];
}

export function effectKey({ item, attempt }: MissionInput, part: string): string {
  return `${workflowId.mission(item.key)}/${attempt}/${thisExecution()}/${part}`;
}
