import type { TaskReport } from '../activities/planner.js';
import type { RiskLevel } from '../schemas/blueprint.js';
import type { Estimate, Spend } from '../schemas/budget.js';
import { addCost, NO_COST, subtractCost } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { MissionResult, Outcome } from '../schemas/outcome.js';
import type { Plan, PlanTask, TaskState } from '../schemas/plan.js';
import type { TaskResult } from '../schemas/turn.js';
import type { FoldedSource, WorkItem } from '../schemas/work-item.js';
import type { Question } from './messages.js';
import { MissionBudget } from './mission-budget.js';
import type { AskedQuestion, Ground, MissionStateData, TaskRecord } from './mission-data.js';
import type { States } from './schedule.js';

const RISKS: readonly RiskLevel[] = ['low', 'medium', 'high'];

export function isRiskier(one: RiskLevel, other: RiskLevel): boolean {
  return RISKS.indexOf(one) > RISKS.indexOf(other);
}

/** Plain data that continue-as-new carries, and the rules on it; workflow files wire and wait. */
export class MissionState {
  readonly item: WorkItem;
  readonly data: MissionStateData;

  constructor(item: WorkItem, data?: MissionStateData) {
    this.item = item;
    const now = new Date().toISOString();
    this.data = data ?? {
      startedAt: now,
      stage: 'reading',
      since: now,
      stages: [],
      paused: false,
      notes: [],
      plans: [],
      planHash: '',
      replans: 0,
      records: {},
      branchHead: null,
      head: [],
      findings: [],
      approvals: [],
    };
  }

  enter(stage: string, waitingOn?: { readonly who: string; readonly what: string }): void {
    const { data } = this;
    // What is still under way then has no stage of its own any more.
    if (data.stage === 'cancelling' && stage !== 'done') return;
    const now = new Date().toISOString();
    if (stage !== data.stage) {
      data.stages.push({
        stage: data.stage,
        startedAt: data.since,
        ms: Date.parse(now) - Date.parse(data.since),
        ...this.#costOfStage(),
      });
      data.stage = stage;
      data.since = now;
    }
    if (waitingOn) data.waitingOn = { ...waitingOn, since: now };
    else delete data.waitingOn;
  }

  /** What has ended since the stage began: stages add up to what the mission cost. */
  #costOfStage(): { readonly cost?: Cost } {
    const total = this.budget()?.spent();
    if (!total) return {};
    const before = this.data.stages.reduce((sum, { cost }) => (cost ? addCost(sum, cost) : sum), NO_COST);
    return { cost: subtractCost(total, before) };
  }

  /** For something that passes by itself, or that only others can help with. */
  park(key: string, waitingOn: { readonly who: string; readonly what: string }): void {
    const since = this.data.parked?.[key]?.since ?? new Date().toISOString();
    this.data.parked = { ...this.data.parked, [key]: { ...waitingOn, since } };
  }

  unpark(key: string): void {
    if (!this.data.parked?.[key]) return;
    const { [key]: _over, ...others } = this.data.parked;
    this.data.parked = others;
  }

  /** Another item tells of the same work. */
  fold(folded: FoldedSource): void {
    if (!this.sources().some(({ kind, item }) => kind === folded.kind && item === folded.item)) {
      this.data.alsoFrom = [...this.#alsoFrom(), folded];
    }
  }

  /** A person has said that it tells of another fault. */
  unfold(other: Pick<FoldedSource, 'kind' | 'item'>): void {
    this.data.alsoFrom = this.#alsoFrom().filter(({ kind, item }) => kind !== other.kind || item !== other.item);
  }

  /** Everywhere that is written back to: where the item came from, then what was folded into it. */
  sources(): readonly FoldedSource[] {
    const { source, key } = this.item;
    return [{ ...source, item: key }, ...this.#alsoFrom()];
  }

  #alsoFrom(): readonly FoldedSource[] {
    return this.data.alsoFrom ?? this.item.alsoFrom ?? [];
  }

  plan(): Plan | undefined {
    return this.data.plans.at(-1);
  }

  ground(): Ground {
    if (!this.data.ground) throw new Error('the base has not been read yet');
    return this.data.ground;
  }

  /** Whether models are configured for this mission. */
  hasAgents(): boolean {
    return this.data.ground?.base.agents === true;
  }

  /** Whether a person is at its other end, who says how to go on. */
  isAttended(): boolean {
    return this.item.interactive === true && !this.data.run?.handedOver;
  }

  /** Undefined where there are no models. */
  budget(): MissionBudget | undefined {
    return this.data.budget && new MissionBudget(this.data.budget);
  }

  /** What it will cost, and may; undefined where there are no models. */
  expected(): { readonly estimate: Estimate; readonly limit: number } | undefined {
    const { estimate, budget } = this.data;
    return estimate && budget && { estimate, limit: budget.limit.usd };
  }

  /** Open ones, the oldest first. */
  questions(): readonly AskedQuestion[] {
    return (this.data.questions ?? []).filter(({ answer }) => answer === undefined);
  }

  ask(question: Question): AskedQuestion {
    this.data.asked = (this.data.asked ?? 0) + 1;
    const asked: AskedQuestion = { ...question, n: this.data.asked, since: new Date().toISOString() };
    this.data.questions = [...(this.data.questions ?? []), asked];
    return asked;
  }

  /** Answered, or late: it is open no longer. */
  asked(n: number): void {
    this.data.questions = (this.data.questions ?? []).filter((question) => question.n !== n);
  }

  /** Takes a new version of the plan: finished and running nodes keep what they have. */
  adopt(plan: Plan, hash: string): void {
    this.data.plans.push(plan);
    this.data.planHash = hash;
    const before = this.data.records;
    const kept = new Set(plan.tasks.map(({ id }) => id));
    const replaced = Object.values(before).filter(({ task }) => !kept.has(task.id));
    const records = plan.tasks.map((task): TaskRecord => {
      const known = before[task.id];
      return known && known.state !== 'replaced'
        ? { ...known, task }
        : { task, state: 'waiting', detail: '', tried: 0, iterations: 0, verdicts: [] };
    });
    this.data.records = Object.fromEntries([
      ...records.map((record) => [record.task.id, record]),
      ...replaced.map((record) => [record.task.id, { ...record, state: 'replaced' }]),
    ]);
  }

  record(node: string): TaskRecord {
    const record = this.data.records[node];
    if (!record) throw new Error(`no task ${node} in the plan`);
    return record;
  }

  states(): States {
    return Object.fromEntries(Object.values(this.data.records).map(({ task, state }) => [task.id, state]));
  }

  start(node: string): void {
    Object.assign(this.record(node), { state: 'running', detail: 'running', startedAt: new Date().toISOString() });
  }

  finish(
    node: string,
    result: Partial<Omit<TaskResult, 'state'>> & { readonly state: TaskState; readonly because: string },
  ): void {
    const { state, because, turns = [], commit, tree, confidence, question, evidence, cost, findings, final } = result;
    Object.assign(this.record(node), {
      state,
      detail: because,
      endedAt: new Date().toISOString(),
      tried: turns.reduce((sum, turn) => sum + turn.act.tried, 0),
      iterations: turns.filter(({ rung }) => rung !== 'gates').length,
      verdicts: turns.at(-1)?.critique.verdicts ?? [],
      ...(commit !== undefined && { commit, tree }),
      ...(confidence && { confidence }),
      ...(question !== undefined && { question }),
      ...(evidence && { evidence }),
      ...(cost && { cost }),
      ...(findings && { findings }),
      ...(final && { final }),
      ...(this.data.change && turns.at(-1)?.act.evidence && { handedIn: turns.at(-1)?.act.evidence }),
    });
    this.data.notes.push(...(result.notes ?? []).map((note) => `${node}: ${note}`));
  }

  /** Nodes of the present plan. */
  nodes(): TaskRecord[] {
    return (this.plan()?.tasks ?? []).map(({ id }) => this.record(id));
  }

  reports(): TaskReport[] {
    return this.nodes().map(({ task, state, detail }) => ({ node: task.id, state, because: detail }));
  }

  /** Module -> tests of these tasks that must pass. */
  static targets(tasks: readonly PlanTask[]): Record<string, string[]> {
    const targets: Record<string, string[]> = {};
    for (const { module, targets: ids } of tasks) {
      if (module !== undefined) targets[module] = [...(targets[module] ?? []), ...ids];
    }
    return targets;
  }

  /** The lowest of its parts; none of them means nothing was guessed. */
  confidence(): 'high' | 'low' {
    return this.nodes().some(({ confidence }) => confidence === 'low') ? 'low' : 'high';
  }

  /** Targets that no gate's report names: their gate passed by its exit code, which does not say that they ran. */
  unproven(): string[] {
    const { gates } = this.ground().base.blueprint;
    const reported = new Set(
      this.data.head.flatMap(({ gate, outcome, counts }) => (outcome === 'pass' && counts ? [gate] : [])),
    );
    const proven = new Set(gates.filter(({ name }) => reported.has(name)).map(({ module }) => module));
    return (this.plan()?.tasks ?? []).flatMap(({ module, targets }) => (proven.has(module) ? [] : targets));
  }

  /** The higher of the item's, the findings' and the doubt of the search. */
  risk(): RiskLevel {
    const reviewed = this.nodes().flatMap(({ findings = [] }) => findings);
    const all: RiskLevel[] = [this.item.risk, ...[...this.data.findings, ...reviewed].map(({ risk }) => risk)];
    const { risk: planned } = this.plan() ?? {};
    if (planned) all.push(planned);
    if (this.confidence() === 'low') all.push('medium');
    if (this.data.change && this.unproven().length > 0) all.push('medium');
    return all.reduce((highest, risk) => (isRiskier(risk, highest) ? risk : highest), 'low');
  }

  /** By default what has ended: it is what search attributes and the outcome go by. */
  spend(cost = this.budget()?.spent()): Spend {
    const records = Object.values(this.data.records);
    return {
      usd: cost ? cost.usd : 0,
      ...(cost && { usage: cost.usage }),
      candidates: records.reduce((sum, { tried }) => sum + tried, 0),
      iterations: records.reduce((sum, { iterations }) => sum + iterations, 0),
      activeMs: Date.now() - Date.parse(this.data.startedAt),
    };
  }

  end(result: MissionResult, because: string, mergeCommit?: string): Outcome {
    this.enter('done');
    const { plans, proof, stages } = this.data;
    this.data.outcome = {
      item: this.item.key,
      repo: this.item.repo,
      result,
      because,
      ...(mergeCommit !== undefined && { mergeCommit }),
      ...(proof && { proof: proof.json, proofMarkdown: proof.markdown }),
      planVersions: plans.length,
      spend: this.spend(),
      ...(this.data.estimate && { estimate: this.data.estimate }),
      stages,
    };
    return this.data.outcome;
  }
}
