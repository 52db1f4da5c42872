import type { TaskReport } from '../activities/planner.js';
import type { ProofRefs } from '../activities/proof.js';
import type { SurveyOutcome } from '../activities/repair.js';
import type { Base } from '../activities/repo.js';
import type { Approval } from '../schemas/approval.js';
import type { RiskLevel } from '../schemas/blueprint.js';
import type { Spend } from '../schemas/budget.js';
import type { Change } from '../schemas/change.js';
import type { Finding } from '../schemas/finding.js';
import type { MissionResult, Outcome } from '../schemas/outcome.js';
import type { Plan, PlanTask, TaskState } from '../schemas/plan.js';
import type { TaskResult } from '../schemas/turn.js';
import type { Verdict } from '../schemas/verdict.js';
import type { WorkItem } from '../schemas/work-item.js';
import type { MissionStatus, Order, TaskView, WaitingOn } from './messages.js';
import type { States } from './schedule.js';

export interface TaskRecord {
  readonly task: PlanTask;
  state: TaskState;
  detail: string;
  startedAt?: string;
  endedAt?: string;
  tried: number;
  iterations: number;
  verdicts: readonly Verdict[];
  commit?: string;
  tree?: string;
  confidence?: 'high' | 'low';
  question?: string;
  evidence?: TaskResult['evidence'];
}

/** What is known of the base before anything is planned. */
export interface Ground {
  readonly base: Base;
  readonly surveys: readonly SurveyOutcome[];
  /** Verdicts of the base, by gate. */
  readonly baseline: Readonly<Record<string, Verdict>>;
}

export interface MissionStateData {
  readonly startedAt: string;
  stage: string;
  since: string;
  readonly stages: { stage: string; startedAt: string; ms: number }[];
  paused: boolean;
  cancelled?: Order;
  waitingOn?: WaitingOn;
  readonly notes: string[];
  ground?: Ground;
  readonly plans: Plan[];
  planHash: string;
  replans: number;
  /** By node, in plan order; nodes that a later plan dropped stay, as `replaced`. */
  records: Record<string, TaskRecord>;
  change?: Change;
  /** Where our branch is at the forge; null when we have not made it yet. */
  branchHead: string | null;
  head: readonly Verdict[];
  findings: readonly Finding[];
  readonly approvals: Approval[];
  proof?: ProofRefs;
  outcome?: Outcome;
}

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
    const now = new Date().toISOString();
    if (stage !== data.stage) {
      data.stages.push({ stage: data.stage, startedAt: data.since, ms: Date.parse(now) - Date.parse(data.since) });
      data.stage = stage;
      data.since = now;
    }
    if (waitingOn) data.waitingOn = { ...waitingOn, since: now };
    else delete data.waitingOn;
  }

  plan(): Plan | undefined {
    return this.data.plans.at(-1);
  }

  ground(): Ground {
    if (!this.data.ground) throw new Error('the base has not been read yet');
    return this.data.ground;
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
    const { state, because, turns = [], commit, tree, confidence, question, evidence } = result;
    Object.assign(this.record(node), {
      state,
      detail: because,
      endedAt: new Date().toISOString(),
      tried: turns.reduce((sum, turn) => sum + turn.act.tried, 0),
      iterations: turns.filter(({ rung }) => rung === 'repair').length,
      verdicts: turns.at(-1)?.critique.verdicts ?? [],
      ...(commit !== undefined && { commit, tree }),
      ...(confidence && { confidence }),
      ...(question !== undefined && { question }),
      ...(evidence && { evidence }),
    });
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
    const all: RiskLevel[] = [this.item.risk, ...this.data.findings.map(({ risk }) => risk)];
    if (this.confidence() === 'low') all.push('medium');
    if (this.data.change && this.unproven().length > 0) all.push('medium');
    return all.reduce((highest, risk) => (isRiskier(risk, highest) ? risk : highest), 'low');
  }

  spend(): Spend {
    const records = Object.values(this.data.records);
    return {
      usd: 0,
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
      stages,
    };
    return this.data.outcome;
  }

  status(): MissionStatus {
    const { stage, since, startedAt, paused, waitingOn, notes, outcome, records } = this.data;
    return {
      item: this.item.key,
      title: this.item.title,
      repo: this.item.repo,
      stage,
      since,
      startedAt,
      paused,
      ...(waitingOn && { waitingOn }),
      planVersion: this.plan()?.version ?? 0,
      tasks: Object.values(records).map(view),
      notes,
      ...(outcome && { outcome }),
    };
  }
}

function view({ task, state, detail, startedAt, endedAt, tried, verdicts }: TaskRecord): TaskView {
  return {
    task,
    state,
    detail,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    tried,
    gates: Object.fromEntries(
      verdicts.map(({ gate, outcome, cached }) => [gate, cached ? `${outcome} (cached)` : outcome]),
    ),
  };
}
