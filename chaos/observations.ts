import type { MissionKind } from './desks.js';
import type { PlannedFault } from './plan.js';

// What a run left behind, as plain data: collected from Temporal, git, the vendors' ledgers and the machine, and judged
// by `judge`. Times are milliseconds since the epoch.

export interface FaultDone {
  readonly planned: PlannedFault;
  readonly at: number;
  /** When what was killed served again; undefined for a spoiled answer, and when it never did. */
  readonly backAt?: number;
}

export interface MissionSeen {
  readonly item: string;
  readonly kind: MissionKind;
  /** Deliveries of its webhook that were answered with 2xx. */
  readonly accepted: number;
  /** Executions that are not the continuation of another one. */
  readonly started: number;
  readonly open: boolean;
  /** Of its outcome; empty while there is none. */
  readonly result: string;
  readonly because: string;
  /** Of its desk on the main branch, and as an undisturbed mission of its kind leaves it. */
  readonly tree: string;
  readonly expectedTree: string;
}

export interface CallSeen {
  /** Equal for the same call, made again. */
  readonly key: string;
  /** Equal for all calls of one conversation. */
  readonly agent: string;
  readonly at: number;
  readonly spoil?: string;
  /** When all of its answer had been sent. */
  readonly deliveredAt?: number;
}

export interface EffectSeen {
  readonly effect: 'comment' | 'state' | 'merge' | 'push';
  readonly item: string;
  /** What is done at most once. */
  readonly key: string;
}

export interface StepSeen {
  readonly workflow: string;
  readonly step: string;
  /** Of its input: equal for the same step, scheduled again. */
  readonly input: string;
  readonly scheduledAt: number;
  /** Of its last attempt; undefined when nobody ever took it. */
  readonly startedAt?: number;
  readonly attempts: number;
  readonly end: 'completed' | 'failed' | 'timed-out' | 'never-started' | 'canceled' | 'open';
}

export interface Leftovers {
  readonly processes: readonly string[];
  readonly workspaces: readonly string[];
  readonly mounts: readonly string[];
  /** In the temporary directory of the programs. */
  readonly files: readonly string[];
  /** Whether each of the first three was found when it was there. */
  readonly control: boolean;
}

export interface Observations {
  readonly missions: readonly MissionSeen[];
  readonly planned: number;
  readonly faults: readonly FaultDone[];
  readonly calls: readonly CallSeen[];
  readonly effects: readonly EffectSeen[];
  readonly steps: readonly StepSeen[];
  readonly leftovers: Leftovers;
  /** Files on main branches that belong to no mission's change. */
  readonly strayFiles: readonly string[];
  readonly undisturbedMs: number;
  readonly startedAt: number;
  readonly endedAt: number;
}
