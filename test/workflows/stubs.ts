import { getClient } from '@temporalio/activity';
import type { AgentSessionActivities } from '../../activities/agent-session.js';
import type { ApprovalActivities } from '../../activities/approvals.js';
import type { ArchiveActivities } from '../../activities/archive.js';
import type { AskBackActivities } from '../../activities/ask-back.js';
import type { ChatActivities } from '../../activities/chat.js';
import type { ClaimActivities } from '../../activities/claims.js';
import type { ConflictActivities } from '../../activities/conflicts.js';
import type { EstimateActivities } from '../../activities/estimate.js';
import type { GateActivities } from '../../activities/gates.js';
import { createHaltActivities, type HaltActivities } from '../../activities/halt.js';
import type { HostActivities } from '../../activities/host.js';
import type { HousekeepingActivities, UpkeepActivities } from '../../activities/housekeeping.js';
import type { IncidentActivities } from '../../activities/incident.js';
import type { IncidentAnalysisActivities } from '../../activities/incident-analysis.js';
import type { IncidentAnswerActivities } from '../../activities/incident-answer.js';
import type { KpiActivities } from '../../activities/kpi.js';
import type { MergeActivities } from '../../activities/merge.js';
import type { PlanBriefActivities } from '../../activities/plan-brief.js';
import type { PlanDraftActivities } from '../../activities/plan-draft.js';
import type { PlannerActivities } from '../../activities/planner.js';
import type { ProofActivities } from '../../activities/proof.js';
import type { PullRequestActivities } from '../../activities/pull-request.js';
import type { RepairActivities } from '../../activities/repair.js';
import type { RepoActivities } from '../../activities/repo.js';
import type { RevertActivities } from '../../activities/reverts.js';
import type { ReviewActivities } from '../../activities/review.js';
import type { RunActivities } from '../../activities/runs.js';
import type { ScopeActivities } from '../../activities/scopes.js';
import type { SignalActivities } from '../../activities/signals.js';
import type { StallActivities } from '../../activities/stalls.js';
import type { SubmissionActivities } from '../../activities/submission.js';
import type { SweepActivities } from '../../activities/sweep.js';
import type { ThreadActivities } from '../../activities/threads.js';
import type { TrackerActivities } from '../../activities/tracker.js';
import type { TriageActivities } from '../../activities/triage.js';
import type { TriageOpinionActivities } from '../../activities/triage-judge.js';
import type { PartActivities } from '../../activities/triage-parts.js';
import type { TriageTimeActivities } from '../../activities/triage-time.js';
import { createHalts } from '../../adapters/temporal/halts.js';
import type { BlobRef } from '../../schemas/blob-ref.js';
import { Blueprint } from '../../schemas/blueprint.js';
import type { Finding } from '../../schemas/finding.js';
import type { Plan, PlanTask } from '../../schemas/plan.js';
import type { BranchProtection } from '../../schemas/pull-request.js';
import type { Verdict } from '../../schemas/verdict.js';
import type { WorkItem } from '../../schemas/work-item.js';
import { type AgentActivities, agentStubs } from './agent-stubs.js';

// Activities that answer at once, for tests of what the workflows do with the answers. Every test replaces the ones
// that it is about.

export type AllActivities = HostActivities &
  HousekeepingActivities &
  UpkeepActivities &
  StallActivities &
  RepairActivities &
  GateActivities &
  RepoActivities &
  ConflictActivities &
  RevertActivities &
  PlannerActivities &
  EstimateActivities &
  PlanBriefActivities &
  PlanDraftActivities &
  ReviewActivities &
  SubmissionActivities &
  ProofActivities &
  TrackerActivities &
  TriageActivities &
  TriageTimeActivities &
  TriageOpinionActivities &
  PartActivities &
  IncidentAnalysisActivities &
  ClaimActivities &
  IncidentActivities &
  IncidentAnswerActivities &
  MergeActivities &
  PullRequestActivities &
  ApprovalActivities &
  AskBackActivities &
  ArchiveActivities &
  ScopeActivities &
  HaltActivities &
  RunActivities &
  KpiActivities &
  SignalActivities &
  SweepActivities &
  AgentSessionActivities &
  ChatActivities &
  ThreadActivities &
  AgentActivities;

export const BLOB: BlobRef = { sha256: '0'.repeat(64), bytes: 0, mediaType: 'text/plain' };

export const operator = { id: 'operator', name: 'Operator' };

/** A remark that only a person can answer. */
export const person: Finding = {
  id: '0123456789abcdef',
  rule: 'protected-path',
  severity: 'person',
  path: 'src/tax.ts',
  message: 'is protected',
  risk: 'high',
};

export function id(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(40, '0').slice(0, 40);
}

export function workItem(key: string, change: Partial<WorkItem> = {}): WorkItem {
  return {
    key,
    source: { kind: 'linear', id: key },
    title: `Item ${key}`,
    problem: 'It does not work.',
    expected: 'It should work.',
    acceptance: ['it works'],
    repo: 'parcels',
    type: 'bug',
    severity: 'normal',
    risk: 'low',
    routedBecause: 'it is the only repository',
    ...change,
  };
}

export const blueprint = Blueprint.parse({
  version: 1,
  modules: { app: { path: '.', language: 'typescript', runner: 'node-test', sources: ['src/**'], tests: ['test/**'] } },
  gates: [{ name: 'tests', command: 'node --test', report: 'junit.xml', module: 'app' }],
  scenarios: [{ name: 'end-to-end', command: 'node scenario.mjs' }],
  policy: { approvalReminder: '1s', approvalDeadline: '1h' },
});

export function changeTask(name: string, needs: string[] = [], targets = [`test/${name}.test.ts::${name}`]): PlanTask {
  return {
    id: name,
    kind: 'change',
    title: `Mend ${name}`,
    goal: `Make ${name} work`,
    acceptance: [`${name} works`],
    needs,
    touches: [`src/${name}.ts`],
    gates: ['tests'],
    module: 'app',
    targets,
  };
}

export function planOf(version: number, changes: readonly PlanTask[]): Plan {
  const end = { goal: 'g', acceptance: ['a'], touches: [], targets: [] };
  return {
    version,
    goal: 'mend it',
    because: 'of the failing tests',
    assumptions: [],
    risks: [],
    tasks: [
      ...changes,
      {
        ...end,
        id: 'integrate',
        kind: 'integrate',
        title: 'Bring together',
        needs: changes.map(({ id: need }) => need),
        gates: ['tests'],
      },
      { ...end, id: 'scenarios', kind: 'scenario', title: 'End to end', needs: ['integrate'], gates: ['end-to-end'] },
    ],
  };
}

export function verdict(gate: string, tree: string, outcome: Verdict['outcome'] = 'pass'): Verdict {
  return {
    gate,
    tree,
    outcome,
    reason: outcome,
    exitCode: outcome === 'pass' ? 0 : 1,
    counts: { passed: 1, failed: 0, skipped: 0 },
    failing: [],
    durationMs: 1,
    cached: false,
  };
}

/** A branch that nothing protects. */
export const OPEN: BranchProtection = {
  ...{ requiredChecks: [], requiredApprovals: 0, codeOwnerReview: false },
  ...{ upToDate: false, pushAllowed: true, mergeQueue: false },
};

export const stubs: Omit<AllActivities, keyof RunActivities> = {
  ...agentStubs,
  measureKpi: async () => 1,
  tellKpi: async () => undefined,
  sendSignal: async () => undefined,
  orderWork: async () => 'taken',
  lookAtWork: async () => ({ running: true, said: 'work' }),
  speak: async () => ({ already: false }),
  sweepTickets: async () => ({ seen: {}, started: [], woken: [] }),
  postMessage: async () => ({ message: '1790000000.000001', already: false }),
  editMessage: async () => ({ gone: false, already: false }),
  openThread: async () => undefined,
  readThread: async () => null,
  isOwnMessage: async () => false,
  prepareRepo: async () => ({ layers: 0 }),
  tidyHost: async () => ({ processes: 0, removed: 1, quarantined: 2, removedBytes: 0, freeBytes: 10 * 1024 ** 3 }),
  hostAway: async () => undefined,
  findStalls: async () => ({ looked: 0, stalls: [] }),
  survey: async ({ module }) => ({ module, survey: BLOB, failing: [], passed: 1 }),
  repair: async ({ touches, commit }) => ({
    status: 'plausible',
    commit: id(`${commit}${touches[0]}`),
    tree: id(`tree ${touches[0]}`),
    candidate: 'c1',
    summary: `mended ${touches[0]}`,
    confidence: 'high',
    index: 1,
    tried: 1,
    evidence: BLOB,
  }),
  runGate: async ({ gate, tree }) => verdict(gate, tree),
  readBase: async () => ({ branch: 'main', commit: id('base'), tree: id('base tree'), blueprint, blueprintRef: BLOB }),
  commitTree: async ({ tree }) => ({ commit: id(`commit of ${tree}`), tree }),
  readCoderOutput: async () => ({ summary: 'changed it', answers: [] }),
  readTesterOutput: async () => ({ failing: ['test/new.test.ts::new'], others: [] }),
  readHead: async () => ({ commit: id('base'), tree: id('base tree') }),
  integrate: async ({ parts }) => ({
    commit: id(
      `m${parts
        .map(({ commit }) => commit)
        .join('')
        .slice(0, 30)}`,
    ),
    tree: id('merged tree'),
  }),
  revertCommit: async ({ commit }) => ({
    ...{ commit: id(`without ${commit.slice(0, 12)}`), tree: id('reverted tree'), before: id('tree before') },
  }),
  describeConflict: async (sides) => ({
    ...{ repo: sides.repo, taken: sides.taken, ours: sides.ours },
    ...{ commit: id('both sides'), tree: id('both sides tree'), takenTree: id('taken tree') },
    files: [{ path: 'src/tax.ts', kind: 'both' }],
    there: [{ commit: id('theirs'), title: 'Raise the tax', author: 'ada' }],
    here: [{ commit: id('ours'), title: 'Round the tax', author: 'Signalbox' }],
  }),
  joinSides: async () => ({ because: 'src/tax.ts: a side changed or removed lines that the other changed' }),
  checkResolution: async () => [],
  joinBaselines: async ({ base }) => base,
  planMission: async ({ version }) => ({
    plan: planOf(version, [changeTask('one'), changeTask('two')]),
    hash: `hash-${version}`,
  }),
  estimateCost: async () => ({ usd: 0.5, highUsd: 1.25, tokens: 50_000, because: 'a rule of thumb' }),
  planBrief: async () => [],
  adoptPlan: async ({ version }) => ({ plan: planOf(version, [changeTask('one', [], [])]), hash: `hash-${version}` }),
  criticBrief: async () => [],
  readObjections: async () => [],
  reviewChange: async () => [],
  writeProof: async () => ({ json: BLOB, markdown: BLOB }),
  comment: async () => ({ already: false }),
  setState: async () => ({ already: false }),
  routeIncident: async () => ({
    ...{ holdMs: 0, askMs: 60_000, missionFrom: 'high', repo: 'parcels', owners: [] },
    routedBecause: 'it is the only repository',
  }),
  gatherEvidence: async () => ({ lines: [], blob: BLOB }),
  openIncidentItem: async ({ subject }) => ({ item: subject }),
  writeIncident: async () => BLOB,
  claimItem: async () => ({ decision: 'lead', near: [] }),
  splitClaim: async () => undefined,
  considerItem: async ({ of }) => ({ of, usd: 0, none: 'no model is configured' }),
  analyseIncident: async () => ({ lines: [], blob: BLOB }),
  openParts: async ({ whole }) => [`api/${whole.item}-1`, `api/${whole.item}-2`],
  triageTerms: async () => ({ escalateMs: null }),
  describeEscalation: async () => ({ names: [] }),
  noteLate: async () => undefined,
  mergeClaims: async () => null,
  moveClaim: async () => undefined,
  assess: async ({ subject }) => ({ status: 'ready', item: workItem(subject) }),
  pushBranch: async () => ({ pushed: true, already: false }),
  mergeChange: async () => ({ merged: id('merge'), already: false }),
  openPullRequest: async () => ({ number: 1, url: 'http://forge.test/1', already: false }),
  editPullRequest: async () => ({ already: false }),
  reportCheck: async () => ({ already: false }),
  replyOnPullRequest: async () => ({ already: false }),
  enqueuePullRequest: async () => ({ queued: true, already: false }),
  readMergeQueue: async () => ({ state: 'merged', head: '' }),
  readPullRequest: async () => ({ state: 'open', draft: true, head: '', remarks: [], verdicts: [], protection: OPEN }),
  archiveRun: async () => ({ seq: 1, missing: 0 }),
  verifyAnswer: async ({ record }) => ({
    person: { key: record.actor.id, name: record.actor.id === operator.id ? operator.name : record.actor.id },
    ...{ rules: [-1], needed: [{ rule: -1, count: 1 }], gone: [] },
  }),
  mayAnswer: async () => true,
  readReply: async () => null,
  verifyIncidentAnswer: async ({ record: { actor } }) => ({
    person: { key: actor.id, name: actor.id === operator.id ? operator.name : actor.id },
  }),
  mayDecideIncident: async () => true,
  describeApproval: async () => ({ who: 'any active person', asked: [], needed: 1 }),
  announceApproval: async () => undefined,
  askBudget: async () => undefined,
  returnTranche: async () => undefined,
  lookAtHolders: async ({ holders }) => holders.map(() => ({ state: 'running' })),
  // As they are: they have nothing but Temporal around them.
  ...createHaltActivities({ halts: createHalts(getClient) }),
};

/** A base for which models are configured: agents plan, write and review. */
export function withAgents(change: Partial<Blueprint> = {}): Partial<AllActivities> {
  return {
    readBase: async (input) => ({
      ...(await stubs.readBase(input)),
      agents: true,
      blueprint: { ...blueprint, ...change },
    }),
  };
}
