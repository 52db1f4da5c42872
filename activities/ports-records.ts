import type { ArchiveManifest } from '../schemas/archive.js';
import type { Claim, ClaimAnswer, Kin } from '../schemas/claim.js';
import type { Halt } from '../schemas/halt.js';
import type { Execution, RunTree } from '../schemas/history.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ScopeTerms } from '../schemas/scope.js';
import type { Actor } from '../schemas/signal.js';
import type { Source } from '../schemas/source.js';
import type { RunningWorkflow } from '../schemas/stall.js';
import type { HolderFate, TrancheHolder, TrancheReturned, TrancheWanted } from '../schemas/tranche.js';
import type { FoldedSource } from '../schemas/work-item.js';

// What is known and kept of workflows: by Temporal, by the archive, by the ledger, and what is told to all of them.

/** The outcomes over all missions, append-only. */
export interface Ledger {
  /** Equal keys make one entry, however often it is tried. */
  append(entry: LedgerEntry): Promise<void>;
  read(repo: string): Promise<readonly LedgerEntry[]>;
}

/** Who works on what, as `dedupe` and the triages say. */
export interface Claims {
  claim(claim: Claim): Promise<ClaimAnswer>;
  /** The work of this one is over, although it did not say so. */
  close(key: string, because: string): Promise<void>;
  /** To the triage that leads. False: it has no work that could take another one in. */
  fold(triage: string, folded: FoldedSource): Promise<boolean>;
  /** False: it follows nobody. */
  split(key: string): Promise<boolean>;
  /** Undefined: nobody works on `into`. */
  merge(claim: Claim, into: string): Promise<Kin | undefined>;
  moved(key: string): Promise<void>;
}

/** What runs now. */
export interface RunningWork {
  look(): AsyncIterable<RunningWorkflow>;
}

/** What Temporal remembers. */
export interface Histories {
  /** A run and, recursively, what it started, archives excepted; undefined when Temporal has forgotten the run. */
  tree(workflowId: string, runId?: string): Promise<RunTree | undefined>;
  /** Histories come as they are stored; so they can be read, where they are encrypted too. */
  readable(tree: RunTree): Promise<RunTree>;
}

/** A workflow with all runs that it continued as. */
export interface ChainId {
  readonly workflowId: string;
  readonly firstRunId: string;
}

export interface SignalWithStart {
  readonly type: string;
  readonly workflowId: string;
  /** Its one argument, where it has to be started. */
  readonly input: unknown;
  readonly signal: { readonly name: string; readonly input: unknown };
  readonly summary: string;
}

/** Workflows as Temporal knows them now. */
export interface Runs {
  /** Undefined while it goes on. `result`: of one that completed. */
  end(chain: ChainId): Promise<{ readonly status: string; readonly result?: unknown } | undefined>;
  /** One atomic step: the signal goes to the workflow of this id, which is started where it does not run. */
  signalWithStart(request: SignalWithStart): Promise<void>;
}

export interface WorkSeen {
  readonly running: boolean;
  /** One line: where it is, or what became of it. */
  readonly said: string;
}

/** The triage and the mission of an item, as people speak to them. */
export interface ItemWork {
  order(
    where: { readonly source: Source; readonly item: string },
    order: 'answer' | 'cancel',
    given: { readonly by: Actor; readonly text: string },
  ): Promise<'taken' | 'nobody'>;
  look(where: { readonly source: Source; readonly item: string }): Promise<WorkSeen>;
}

/** Whether there is a workflow of this id; undefined where Temporal knows none (any more). */
export interface RunStates {
  now(workflowId: string): Promise<'running' | 'ended' | undefined>;
}

export interface NewArchiveEntry extends Execution {
  readonly item: string;
  readonly first: string;
  readonly histories: ArchiveManifest['histories'];
  readonly missing: ArchiveManifest['missing'];
  readonly commits: readonly string[];
  /** File name in the entry -> what reads its content: a mission's blobs together may be larger than the memory. */
  readonly files: ReadonlyMap<string, () => Promise<Buffer>>;
}

/** The budgets that missions share. */
export interface ScopeBudgets {
  /** Told to the scope's workflow, which is started if it is not there; `terms` are what is configured now. */
  wanted(scope: string, terms: ScopeTerms, wanted: TrancheWanted): Promise<void>;
  returned(scope: string, terms: ScopeTerms, returned: TrancheReturned): Promise<void>;
  /** What became of a mission that is not heard of. */
  fate(holder: TrancheHolder): Promise<HolderFate>;
}

/** What is kept of missions when Temporal has forgotten them: append-only, a hash chain per item. */
export interface Archive {
  /** Oldest first. Throws when a manifest is damaged or the chain is broken. */
  entries(item: string): Promise<readonly ArchiveManifest[]>;
  /** All or nothing. Null when another entry took its place in the chain meanwhile: nothing was written. */
  append(entry: NewArchiveEntry): Promise<ArchiveManifest | null>;
}

/** The one switch that stops everything. */
export interface Halts {
  /** Undefined: nothing is halted. Throws when that can't be known. */
  now(): Promise<Halt | undefined>;
  /** Tells every workflow that runs; returns how many were told. `until` when it is lifted: ISO 8601. */
  tell(what: 'halted' | 'haltLifted', halt: Halt & { readonly until?: string }): Promise<number>;
}
