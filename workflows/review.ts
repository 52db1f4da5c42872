import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Lens } from '../schemas/blueprint.js';
import type { ReadFindings, ReviewChunk, ReviewInput, ReviewResult } from '../schemas/review.js';
import { Agent } from './agent.js';
import { type AgentEnd, type AgentOptions, shownTurns, type TurnView } from './agent-state.js';
import { cancelsInOrder } from './cancelling.js';
import { missionPurse, returnFunds } from './funds.js';
import { type LensView, type ReviewStatus, reviewStatus, taskPaused } from './messages.js';
import { untilQuota } from './quota.js';
import { reviewDetails } from './review-details.js';
import { combined, type LensReport } from './review-result.js';
import { rootCause } from './root-cause.js';
import { SandboxHost } from './sandbox-host.js';
import { steps } from './steps.js';
import { versioned } from './versioning.js';

/** Of events: a review that gets there is far from an end, and the server ends a history at about twice this. */
const LONGEST_HISTORY = 20_000;

/** What one reviewer came to: its report, or why there is none. */
type Report = { readonly read: ReadFindings } | { readonly why: string };

// One round is read by one build: minutes, and prompts and lenses of two builds do not mix.
versioned('PINNED', review);

/** One round of review: a reviewer for each lens, side by side. What a lens did not say is never taken for a pass. */
export async function review(input: ReviewInput): Promise<ReviewResult> {
  const work = new Review(input);
  setHandler(reviewStatus, () => work.status());
  setHandler(taskPaused, () => work.resume());
  return work.run();
}

class Review {
  readonly #input: ReviewInput;
  readonly #host = new SandboxHost();
  readonly #purse;
  readonly #lenses: Record<string, LensView> = {};
  readonly #notes: string[] = [];
  #turns: readonly TurnView[] = [];
  #firstFindingMs: number | null = null;
  #resumed = 0;

  constructor(input: ReviewInput) {
    this.#input = input;
    this.#purse = missionPurse(input.item);
    for (const lens of input.lenses) this.#lenses[lens] = { state: 'reading', detail: '', findings: 0 };
  }

  status(): ReviewStatus {
    const { item, node, round } = this.#input;
    return { item, node, round, lenses: this.#lenses, turns: this.#turns };
  }

  /** Somebody says to go on: what waits for quota tries at once. */
  resume(): void {
    this.#resumed++;
  }

  async run(): Promise<ReviewResult> {
    try {
      this.#show();
      const reports = this.#input.lenses.map((lens) => this.#look(lens));
      // When it is cancelled, every reviewer closes its workspace first.
      await Promise.allSettled(reports);
      return this.#result(await Promise.all(reports));
    } finally {
      await CancellationScope.nonCancellable(() => returnFunds(this.#input.item, this.#purse));
    }
  }

  async #look(lens: Lens): Promise<LensReport> {
    const report = await this.#chunks(lens);
    const findings = report.read.reduce((sum, read) => sum + read.findings.length, 0);
    const state = report.missing === undefined ? 'reported' : 'missing';
    this.#see(lens, {
      state,
      findings,
      detail: report.missing ?? report.read.map((read) => read.riskBecause).join('; '),
    });
    return report;
  }

  async #chunks(lens: Lens): Promise<LensReport> {
    const { repo, node, from, to, since, open, author } = this.#input;
    const before = since[lens];
    const briefed = await orWhy(
      steps.reviewBrief.executeWithOptions({ summary: `${node}: what ${lens} has to read` }, [
        {
          ...{ repo, lens, from: from.commit, to: to.commit, open, summary: author.summary },
          ...(before !== undefined && { since: before }),
        },
      ]),
    );
    if (typeof briefed === 'string') return { lens, read: [], missing: briefed };
    const { chunks } = briefed;
    if (chunks.length === 0) {
      // Nothing changed since its last report, which stands. Without one there is none.
      return before === undefined ? { lens, read: [], missing: 'the change is empty' } : { lens, read: [] };
    }
    const running = chunks.map((chunk, index) => this.#report(lens, chunk, index, chunks.length));
    await Promise.allSettled(running);
    const reports = await Promise.all(running);
    const why = reports.flatMap((report) => ('why' in report ? [report.why] : []));
    return {
      lens,
      read: reports.flatMap((report) => ('read' in report ? [report.read] : [])),
      ...(why.length > 0 && { missing: why.join('; ') }),
    };
  }

  async #report(lens: Lens, chunk: ReviewChunk, index: number, of: number): Promise<Report> {
    const { node, repo, from, to, since, bar } = this.#input;
    const label = `${node}: ${lens}${of > 1 ? `, part ${index + 1} of ${of}` : ''}`;
    const end = await orWhy(this.#read(lens, chunk, index, label));
    if (typeof end === 'string') return { why: end };
    if (end.tool !== 'submit') return { why: whyNot(end) };
    const before = since[lens];
    const read = await orWhy(
      steps.readFindings.executeWithOptions({ summary: `${label}: what the reviewer found` }, [
        {
          ...{ repo, lens, from: from.commit, to: to.commit, output: end.output, bar, asked: chunk.asked },
          ...(before !== undefined && { since: before }),
        },
      ]),
    );
    if (typeof read === 'string') return { why: read };
    this.#firstFindingMs ??= Date.now() - workflowInfo().startTime.getTime();
    return { read };
  }

  async #read(lens: Lens, chunk: ReviewChunk, index: number, label: string): Promise<AgentEnd> {
    const { repo, near, to, blueprint, spec, author } = this.#input;
    const { workflowId: id, firstExecutionRunId } = workflowInfo();
    const agent = await Agent.open(
      {
        // Under which its paid answers are kept: other runs of this workflow id are other work.
        key: `${id}/${firstExecutionRunId}/${lens}-${index + 1}`,
        ...{ role: 'reviewer', kind: 'review', repo, near, tree: to.tree, blueprint, lens },
        brief: [...spec, ...chunk.brief],
        ...(author.model !== '' && { avoid: [author.model] }),
      },
      this.#agentOptions(lens, label),
    );
    if (agent.rungs().length === 0) return { tool: 'cannot_do', because: 'no model may be used for it' };
    try {
      return await agent.run();
    } finally {
      const inOrder = CancellationScope.current().consideredCancelled && cancelsInOrder();
      await CancellationScope.nonCancellable(() => (inOrder ? agent.release() : closeQuietly(agent)));
    }
  }

  #agentOptions(lens: Lens, label: string): AgentOptions {
    return {
      host: this.#host,
      purse: this.#purse,
      label,
      rung: 0,
      steerAt: this.#input.steerAt,
      unpaused: async () => undefined,
      untilQuota: async (until, because) => {
        this.#see(lens, { detail: `waits for the quota of its providers: ${because}` });
        const before = this.#resumed;
        await untilQuota(this.#input.item, { until, because }, () => this.#resumed > before);
      },
      historyIsLong: () => workflowInfo().historyLength > LONGEST_HISTORY,
      onTurn: (turn) => {
        this.#turns = shownTurns(this.#turns, turn);
        this.#see(lens, { detail: `turn ${turn.n}: ${turn.did ?? turn.said ?? ''}` });
      },
      onNotes: (notes) => {
        this.#notes.push(...notes);
      },
    };
  }

  #see(lens: Lens, change: Partial<LensView>): void {
    const before = this.#lenses[lens] ?? { state: 'reading', detail: '', findings: 0 };
    this.#lenses[lens] = { ...before, ...change };
    this.#show();
  }

  #show(): void {
    setCurrentDetails(reviewDetails(this.status()));
  }

  #result(reports: readonly LensReport[]): ReviewResult {
    const { round, to } = this.#input;
    return {
      round,
      commit: to.commit,
      ...combined(reports),
      cost: this.#purse.state.spent,
      firstFindingMs: this.#firstFindingMs,
      notes: this.#notes,
    };
  }
}

function whyNot(end: Exclude<AgentEnd, { tool: 'submit' }>): string {
  if (end.tool === 'rest') return 'it did not come to an end';
  return end.tool === 'ask' ? `it asked instead: ${end.question}` : end.because;
}

/** A step that failed for good is a reason for one lens to be missing, and none to lose what the others found. */
async function orWhy<Result>(work: Promise<Result>): Promise<Result | string> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ActivityFailure && !isCancellation(error)) return rootCause(error);
    throw error;
  }
}

/** A workspace that can't be closed now is closed by its host when it has been idle. */
async function closeQuietly(agent: Agent): Promise<void> {
  const why = await orWhy(agent.close());
  if (typeof why === 'string') log.warn('the workspace of a reviewer could not be closed', { why });
}
