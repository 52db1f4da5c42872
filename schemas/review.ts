import type { BriefPart } from './agent.js';
import type { BlobRef } from './blob-ref.js';
import type { Lens, ReviewPolicy, RiskLevel } from './blueprint.js';
import type { Finding } from './finding.js';
import type { Cost } from './money.js';
import type { FindingAnswer, ReviewerOutput } from './role-output.js';

// One round of review by models. References instead of texts: the diff and what the author says travel as blobs.

/** A finding of an earlier round that is not settled, and what its author answered. */
export interface OpenFinding {
  readonly finding: Finding;
  /** Undefined: the author said nothing, and there is nothing to judge. */
  readonly answer?: Pick<FindingAnswer, 'answer' | 'reason'>;
}

/** The commit that each lens last reported on: from there on it reads the difference only. */
export type ReviewedCommits = Readonly<Partial<Record<Lens, string>>>;

export interface ReviewInput extends Pick<ReviewPolicy, 'lenses' | 'bar'> {
  readonly item: string;
  readonly node: string;
  /** From 1, over all rungs of the task: part of the workflow id. */
  readonly round: number;
  readonly repo: string;
  readonly blueprint: BlobRef;
  /** The tree that hosts have checked out. */
  readonly near: string;
  /** What the task started from. */
  readonly from: { readonly commit: string; readonly tree: string };
  readonly to: { readonly commit: string; readonly tree: string };
  readonly since: ReviewedCommits;
  readonly open: readonly OpenFinding[];
  /** Goal, acceptance, criteria. */
  readonly spec: readonly BriefPart[];
  readonly author: {
    /** Avoided for reviewers where there is another one; empty when no model wrote it. */
    readonly model: string;
    readonly summary: string;
  };
  /** Share of the mission's budget at which reviewers are told to finish. */
  readonly steerAt: number;
}

export interface MissingLens {
  readonly lens: Lens;
  readonly why: string;
}

export type Judgement = ReviewerOutput['earlier'][number];

export interface ReviewResult {
  readonly round: number;
  /** The commit that was reviewed. */
  readonly commit: string;
  /** At or over the bar: `blocker`; below it, or about a file that is not part of the change: `note`. */
  readonly findings: readonly Finding[];
  /** Ids of new findings on lines that their lens had reviewed before and nobody has changed since. */
  readonly late: readonly string[];
  /** Judgements of the findings that were answered. */
  readonly earlier: readonly Judgement[];
  /** The highest of all lenses; `high` when every one is missing. */
  readonly risk: RiskLevel;
  readonly because: string;
  /** Lenses that reported on all of it. */
  readonly reviewed: readonly Lens[];
  /** The other ones: what they would have said is unknown, so the round is not a pass. */
  readonly missing: readonly MissingLens[];
  readonly cost: Cost;
  /** From the start of the workflow to the first report; null when there was none. */
  readonly firstFindingMs: number | null;
  /** For the mission's memory. */
  readonly notes: readonly string[];
}

export interface ReviewBriefInput {
  readonly repo: string;
  readonly lens: Lens;
  /** Commits. Without `since` the lens has not seen any of it. */
  readonly from: string;
  readonly since?: string;
  readonly to: string;
  readonly open: readonly OpenFinding[];
  readonly summary: string;
}

/** What one reviewer is given of a change. */
export interface ReviewChunk {
  readonly brief: readonly BriefPart[];
  /** Ids of the findings that it has to judge. */
  readonly asked: readonly string[];
}

export interface ReviewBrief {
  /** Files that changed. */
  readonly files: number;
  /** Together all of the change; one reviewer each. Empty: there is nothing to read and nothing to judge. */
  readonly chunks: readonly ReviewChunk[];
}

export interface ReadFindingsInput extends Pick<ReviewBriefInput, 'repo' | 'lens' | 'from' | 'since' | 'to'> {
  readonly output: BlobRef;
  readonly bar: ReviewPolicy['bar'];
  readonly asked: readonly string[];
}

export interface ReadFindings extends Pick<ReviewResult, 'findings' | 'late' | 'earlier' | 'risk'> {
  readonly riskBecause: string;
  /** Remarks whose quoted line is neither in the file nor among the removed lines. */
  readonly unmatched: number;
}
