import type { RepairOutcome } from '../activities/repair.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import type { Finding } from '../schemas/finding.js';
import type { PlanTask } from '../schemas/plan.js';
import type { RepairProgress } from '../schemas/repair.js';
import type { TaskResult, Turn } from '../schemas/turn.js';
import type { Verdict } from '../schemas/verdict.js';
import { runGates } from './gates.js';
import type { TaskStatus } from './messages.js';
import { SandboxHost } from './sandbox-host.js';
import { steps } from './steps.js';
import { taskDetails } from './story.js';

export interface TaskInput {
  readonly item: string;
  readonly repo: string;
  readonly node: PlanTask;
  readonly blueprint: Blueprint;
  readonly blueprintRef: BlobRef;
  /** The tree that hosts have checked out. */
  readonly near: string;
  readonly start: { readonly commit: string; readonly tree: string };
  /** The item's words, which steer the search. */
  readonly words: string;
  /** Verdicts of the base, by gate. */
  readonly baseline: Readonly<Record<string, Verdict>>;
  /** Module -> tests that must pass when this task is done. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
}

/** Set-up, survey and the check of each candidate's neighbours come on top of the search itself. */
const REPAIR_OVERHEAD_MS = 15 * 60_000;

type Plausible = Extract<RepairOutcome, { status: 'plausible' }>;

export class TaskWork {
  readonly #input: TaskInput;
  readonly #tell: (details: string) => void;
  readonly #host = new SandboxHost();
  readonly #startedAt = Date.now();
  readonly #turns: Turn[] = [];
  readonly #notes: string[] = [];
  readonly #rejected: string[] = [];
  #stage = 'starting';
  #startAt = 0;
  #tried = 0;
  #last: Plausible | undefined;

  constructor(input: TaskInput, tell: (details: string) => void) {
    this.#input = input;
    this.#tell = tell;
  }

  status(): TaskStatus {
    return { node: this.#input.node.id, stage: this.#stage, turns: this.#turns };
  }

  steer(note: string): void {
    this.#notes.push(note);
  }

  /** The rungs, cheapest first. There is one today: repair. */
  async change(): Promise<TaskResult> {
    const { limits } = this.#input.blueprint;
    for (let n = 1; n <= limits.iterationsPerTask; n++) {
      const spent = this.#overBudget();
      if (spent) return this.#end('failed', spent);
      const outcome = await this.#repair(n);
      if (outcome.status === 'cannot-do') {
        this.#record(n, outcome, [], [], 'cannot-do', outcome.because);
        return this.#end('cannot-do', outcome.because, outcome.evidence);
      }
      const { decision, because } = await this.#critique(n, outcome);
      if (decision === 'done') return this.#end('passed', because, outcome.evidence);
      if (decision === 'failed') return this.#end('failed', because, outcome.evidence);
      this.#rejected.push(outcome.candidate);
      this.#startAt = outcome.index;
    }
    return this.#end('failed', `${limits.iterationsPerTask} iterations did not satisfy the gates and the reviewers`);
  }

  /** Integration and scenarios make no edits: their gates decide. */
  async validate(): Promise<TaskResult> {
    this.#enter('running gates');
    const verdicts = await this.#gates(this.#input.start.tree);
    const red = verdicts.filter(({ outcome }) => outcome !== 'pass');
    const because = red.length > 0 ? red.map(describeVerdict).join('; ') : 'all gates pass';
    this.#turns.push({
      n: 1,
      rung: 'gates',
      plan: this.#input.node.goal,
      act: { summary: `ran ${verdicts.map(({ gate }) => gate).join(', ')}`, tried: 0, tree: this.#input.start.tree },
      critique: { decision: red.length > 0 ? 'failed' : 'done', because, verdicts, findings: [] },
    });
    return { ...this.#end(red.length > 0 ? 'failed' : 'passed', because), ...this.#input.start };
  }

  async #repair(n: number): Promise<RepairOutcome> {
    const { item, repo, node, blueprint, blueprintRef, near, start } = this.#input;
    this.#enter(`iteration ${n}: searching for a repair in ${node.touches.join(', ')}`);
    const outcome = await this.#host.run(
      'repair',
      {
        repo,
        ...start,
        near,
        blueprint: blueprintRef,
        module: node.module ?? '',
        targets: node.targets,
        touches: node.touches,
        words: [this.#input.words, ...this.#notes].join('\n'),
        candidates: blueprint.limits.repairCandidates - this.#tried,
        seconds: blueprint.limits.repairSeconds,
        startAt: this.#startAt,
        rejected: this.#rejected,
        message: `${node.title} (${item}, ${node.id})`,
        time: Math.floor(Date.now() / 1000),
      },
      {
        summary: `${node.id}: search for a repair, iteration ${n}`,
        timeoutMs: blueprint.limits.repairSeconds * 1000 + REPAIR_OVERHEAD_MS,
        resume: (input, progress) => ({
          ...input,
          startAt: (progress as RepairProgress | undefined)?.index ?? input.startAt,
        }),
      },
    );
    this.#tried += outcome.tried;
    return outcome;
  }

  async #critique(n: number, outcome: Plausible): Promise<Pick<Turn['critique'], 'decision' | 'because'>> {
    const { repo, blueprint, node, start } = this.#input;
    this.#enter(`iteration ${n}: gates and review of ${outcome.summary}`);
    this.#last = outcome;
    const [verdicts, findings] = await Promise.all([
      this.#gates(outcome.tree),
      steps.reviewChange.executeWithOptions({ summary: `${node.id}: review by rules, iteration ${n}` }, [
        { repo, from: start.commit, to: outcome.commit, blueprint, touches: node.touches },
      ]),
    ]);
    const red = verdicts.filter((verdict) => verdict.outcome !== 'pass');
    const blockers = findings.filter(({ severity }) => severity === 'blocker');
    const reasons = [...red.map(describeVerdict), ...blockers.map(({ path, message }) => `${path} ${message}`)];
    const decision = reasons.length === 0 ? 'done' : this.#stuck(outcome, reasons, red) ? 'failed' : 'again';
    const because =
      decision === 'done'
        ? outcome.summary
        : decision === 'failed'
          ? `no progress: ${reasons.join('; ')}`
          : reasons.join('; ');
    this.#record(n, outcome, verdicts, findings, decision, because);
    return { decision, because };
  }

  /** The same objections twice, on the same tree or from gates that can't judge any: another round would repeat them. */
  #stuck(outcome: Plausible, reasons: readonly string[], red: readonly Verdict[]): boolean {
    const before = this.#turns.at(-1);
    const same = before?.critique.because === reasons.join('; ');
    return same && (before?.act.tree === outcome.tree || red.every((verdict) => verdict.outcome === 'unknown'));
  }

  #gates(tree: string): Promise<Verdict[]> {
    const { repo, near, blueprint, blueprintRef, node, baseline, targets } = this.#input;
    const names = new Set(node.gates);
    const gates = [...blueprint.gates, ...blueprint.scenarios].filter(({ name }) => names.has(name));
    return runGates({
      host: this.#host,
      subject: { repo, tree, near, blueprint: blueprintRef },
      gates,
      baseline,
      targets,
      label: node.id,
    });
  }

  #record(
    n: number,
    outcome: RepairOutcome,
    verdicts: Verdict[],
    findings: Finding[],
    decision: Turn['critique']['decision'],
    because: string,
  ): void {
    const { node } = this.#input;
    this.#turns.push({
      n,
      rung: 'repair',
      plan: n === 1 ? node.goal : `${node.goal}, avoiding: ${this.#turns.at(-1)?.critique.because ?? ''}`,
      act: {
        summary: outcome.status === 'plausible' ? `plausible: ${outcome.summary}` : outcome.because,
        tried: outcome.tried,
        ...(outcome.status === 'plausible' && { tree: outcome.tree }),
        evidence: outcome.evidence,
      },
      critique: { decision, because, verdicts, findings },
    });
    this.#tell(taskDetails(node, this.#turns));
  }

  #overBudget(): string | undefined {
    const { limits } = this.#input.blueprint;
    if (Date.now() - this.#startedAt > durationMs(limits.taskWallTime)) return `out of time: ${limits.taskWallTime}`;
    if (this.#tried >= limits.repairCandidates) return `out of budget: ${this.#tried} candidates tried`;
    return undefined;
  }

  #enter(stage: string): void {
    this.#stage = stage;
    this.#tell(taskDetails(this.#input.node, this.#turns, stage));
  }

  #end(state: TaskResult['state'], because: string, evidence?: TaskResult['evidence']): TaskResult {
    this.#enter(`${state}: ${because}`);
    const last = this.#last;
    return {
      node: this.#input.node.id,
      state,
      because,
      ...(last && { commit: last.commit, tree: last.tree, confidence: last.confidence }),
      ...(last?.question !== undefined && { question: last.question }),
      turns: this.#turns,
      ...(evidence && { evidence }),
      durationMs: Date.now() - this.#startedAt,
    };
  }
}

function describeVerdict({ gate, outcome, reason }: Verdict): string {
  return `${gate} ${outcome === 'fail' ? 'is red' : 'could not be judged'}: ${reason}`;
}
