import { condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { RepairOutcome } from '../activities/repair.js';
import type { BriefPart } from '../schemas/agent.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint } from '../schemas/blueprint.js';
import type { CollidingFile, Sides } from '../schemas/conflict.js';
import type { Finding } from '../schemas/finding.js';
import { workflowId } from '../schemas/names.js';
import type { PlanTask } from '../schemas/plan.js';
import type { TaskResult, Turn } from '../schemas/turn.js';
import type { Verdict } from '../schemas/verdict.js';
import { type AgentOptions, type AgentState, shownTurns, type TurnView } from './agent-state.js';
import type { FindingsState } from './findings-ledger.js';
import { missionPurse } from './funds.js';
import { historyIsLong } from './history-length.js';
import { questionAsked, type TaskStatus } from './messages.js';
import type { Purse, PurseState } from './purse.js';
import { untilQuota } from './quota.js';
import { SandboxHost } from './sandbox-host.js';
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
  /** What it brings together: then `start` has both sides. */
  readonly conflict?: TaskConflict;
  /** Only where models are configured: without it the free rung is the only one. */
  readonly agents?: TaskAgents;
  /** Of the run before, when continued as new. */
  readonly state?: TaskState;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/** Two sides that git could not bring together. */
export interface TaskConflict extends Sides {
  readonly files: readonly CollidingFile[];
}

export interface TaskAgents {
  /** Kind of work, for the router. */
  readonly kind: string;
  /** What the mission is about and what is known, for briefs. */
  readonly brief: readonly BriefPart[];
}

/** What the coder is in the middle of. */
export interface CoderState {
  readonly agent: AgentState;
  readonly rung: number;
  /** Submissions that were judged on this rung. */
  submissions: number;
  findings: FindingsState;
}

/** Plain data that continue-as-new carries. */
export interface TaskState {
  readonly startedAt: number;
  readonly turns: Turn[];
  /** Of its agents, for the mission's memory. */
  readonly notes: string[];
  /** What operators asked for on the way. */
  readonly steered: string[];
  /** Of the repair. */
  readonly rejected: string[];
  startAt: number;
  tried: number;
  last?: LastWork;
  /** Why the rungs so far did not do it: evidence for the next one. */
  readonly below: BriefPart[];
  repairOver: boolean;
  /** After the tester: where the coder starts, and the tests that it has to make pass. */
  tests?: { readonly commit: string; readonly tree: string; readonly targets: readonly string[] };
  tester?: AgentState;
  /** Index of the rung with models that is at work. */
  rung: number;
  coder?: CoderState;
  /** Rounds of review so far, over all rungs: each has a workflow of its own. */
  rounds: number;
  /** For a person to decide at the merge. */
  findings: readonly Finding[];
  /** Tests that changed their mind: told at the merge, whatever became of the gate. */
  flaky: readonly Finding[];
  purse?: PurseState;
  /** Where its workspaces are warm. */
  host?: string;
  agentTurns: readonly TurnView[];
}

export interface LastWork {
  readonly commit: string;
  readonly tree: string;
  readonly confidence: 'high' | 'low';
  readonly question?: string;
}

/** What the parts of a task share. */
export class TaskContext {
  readonly input: TaskInput;
  readonly host: SandboxHost;
  readonly purse: Purse | undefined;
  readonly state: TaskState;
  stage = 'starting';
  paused = false;
  /** How often somebody said to go on. */
  resumed = 0;
  readonly #answers: (string | null)[] = [];
  readonly #tell: (details: string) => void;

  constructor(input: TaskInput, tell: (details: string) => void) {
    this.input = input;
    this.#tell = tell;
    this.state = input.state ?? {
      ...{ startedAt: Date.now(), turns: [], notes: [], steered: [], rejected: [], startAt: 0, tried: 0 },
      ...{ below: [], repairOver: false, rung: 0, rounds: 0, findings: [], flaky: [], agentTurns: [] },
    };
    this.host = new SandboxHost(input.state?.host);
    this.purse = input.agents && missionPurse(input.item, input.state?.purse);
  }

  status(): TaskStatus {
    const { turns, agentTurns } = this.state;
    const { node } = this.input;
    return { node: node.id, stage: this.stage, turns, ...(this.purse && { agentTurns, cost: this.purse.state.spent }) };
  }

  enter(stage: string): void {
    this.stage = stage;
    this.#tell(taskDetails(this.input.node, this.state.turns, stage));
  }

  record(turn: Turn): void {
    this.state.turns.push(turn);
    this.#tell(taskDetails(this.input.node, this.state.turns));
  }

  /** Where the work of this task starts from: the tester's commit, once there is one. */
  start(): { readonly commit: string; readonly tree: string } {
    return this.state.tests ?? this.input.start;
  }

  steer(note: string): void {
    const { steered, tester, coder } = this.state;
    steered.push(note);
    (tester ?? coder?.agent)?.inbox.push({ from: 'the operator', text: note });
  }

  answered(answer: string | null): void {
    this.#answers.push(answer);
  }

  /** By way of the mission, where people are; what comes back is said to the agent. */
  async ask(question: string, options: readonly string[]): Promise<string> {
    const { item, node } = this.input;
    this.enter(`asks: ${question}`);
    const mission = getExternalWorkflowHandle(workflowId.mission(item));
    await mission.signal(questionAsked, { holder: workflowInfo().workflowId, node: node.id, question, options });
    await condition(() => this.#answers.length > 0);
    const answer = this.#answers.shift();
    return answer ?? 'Nobody answered in time. Decide by what the task says, note it as an assumption, or cannot_do.';
  }

  /** Under which the paid answers of one agent are kept: other runs of this workflow id are other work. */
  agentKey(role: string, rung: number): string {
    const { workflowId: id, firstExecutionRunId } = workflowInfo();
    return `${id}/${firstExecutionRunId}/${role}-${rung + 1}`;
  }

  agentOptions(label: string, rung: number): AgentOptions {
    if (!this.purse) throw new Error('no models are configured for this task');
    return {
      host: this.host,
      purse: this.purse,
      label,
      rung,
      steerAt: this.input.blueprint.budget.steerAt,
      unpaused: () => condition(() => !this.paused),
      untilQuota: async (until, because) => {
        this.enter(`waits for the quota of its providers: ${because}`);
        const before = this.resumed;
        await untilQuota(this.input.item, { until, because }, () => this.resumed > before);
      },
      historyIsLong: () => historyIsLong(this.input.historyLimit),
      onTurn: (turn) => {
        this.state.agentTurns = shownTurns(this.state.agentTurns, turn);
        this.enter(`${turn.role}, turn ${turn.n}: ${turn.did ?? turn.said ?? ''}`);
      },
      onNotes: (notes) => {
        this.state.notes.push(...notes);
      },
    };
  }

  /** Closes the workspaces of its agents. */
  async release(): Promise<void> {
    const { tester, coder } = this.state;
    const left = [tester, coder?.agent].flatMap((agent) => (agent && agent.turns > 0 ? [agent.opened.session] : []));
    const summary = `${this.input.node.id}: close what was cancelled`;
    await Promise.all(left.map((session) => this.host.release(session, summary)));
  }

  end(state: TaskResult['state'], because: string, more: Partial<TaskResult> = {}): TaskResult {
    this.enter(`${state}: ${because}`);
    const { last, turns, startedAt, notes, findings, flaky } = this.state;
    return {
      node: this.input.node.id,
      state,
      because,
      ...(last && { commit: last.commit, tree: last.tree, confidence: last.confidence }),
      ...(last?.question !== undefined && { question: last.question }),
      turns,
      ...more,
      ...(this.purse && { cost: this.purse.state.spent, notes, findings: [...findings, ...flaky] }),
      durationMs: Date.now() - startedAt,
    };
  }
}

export type Plausible = Extract<RepairOutcome, { status: 'plausible' }>;

export function describeVerdict({ gate, outcome, reason }: Verdict): string {
  return `${gate} ${outcome === 'fail' ? 'is red' : 'could not be judged'}: ${reason}`;
}
