import { executeChild, ParentClosePolicy, patched } from '@temporalio/workflow';
import type { Approval, ApprovalQuestion, ApprovalTerms } from '../schemas/approval.js';
import type { Change } from '../schemas/change.js';
import { durationMs } from '../schemas/duration.js';
import { workflowId } from '../schemas/names.js';
import type { approval } from './approval.js';
import { askedElsewhere, decidedElsewhere } from './approval-story.js';
import { tellPullRequest } from './mission-change.js';
import type { MissionContext, Stop } from './mission-context.js';
import { isRiskier, type MissionState } from './mission-state.js';
import { tellOthers } from './write-back.js';

type Asked = Omit<ApprovalQuestion, 'id' | 'item' | 'planHash' | 'risk' | 'requester'>;

/** Puts a question to people, as a workflow of its own, and keeps the answer. */
export async function askApproval(context: MissionContext, asked: Asked): Promise<Approval> {
  const { state, input, open } = context;
  const n = state.data.approvals.length + 1;
  const question: ApprovalQuestion = {
    ...asked,
    id: `${state.item.key}/${n}`,
    item: state.item.key,
    planHash: state.data.planHash,
    risk: state.risk(),
    ...(state.item.reporter && { requester: state.item.reporter }),
  };
  const id = workflowId.approval(state.item.key, n);
  const told = tellOthers(context, {
    ...{ part: `approval-${n}`, summary: 'A person has to decide' },
    body: askedElsewhere(question),
  });
  if (told) await told;
  open.add(id);
  const answer = await executeChild<typeof approval>('approval', {
    workflowId: id,
    args: [
      {
        ...{ question, source: state.item.source, attempt: input.attempt, terms: termsOf(state, asked) },
        ...(input.historyLimit !== undefined && { historyLimit: input.historyLimit }),
      },
    ],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    staticSummary:
      question.action === 'merge'
        ? `May ${state.item.key} be merged? Risk ${question.risk}`
        : `May ${state.item.key} cost more?`,
  }).finally(() => open.delete(id));
  state.data.approvals.push(answer);
  await tellEnd(context, n, answer);
  return answer;
}

/** What was decided, to those who were told that somebody has to decide; the item itself hears it from the question. */
async function tellEnd(context: MissionContext, n: number, answer: Approval): Promise<void> {
  const body = decidedElsewhere(answer);
  // A mission that is cancelled says so itself. Missions from before did not tell the end.
  if (body === undefined || context.state.sources().length < 2 || !patched('approval-ends-everywhere')) return;
  await tellOthers(context, { part: `approval-${n}-end`, summary: `Decided: ${answer.outcome}`, body });
}

/** The policy of the base as the mission found it: a change can't loosen the rules that judge it. */
function termsOf(state: MissionState, { action }: Asked): ApprovalTerms {
  const { policy } = state.ground().base.blueprint;
  const { change } = state.data;
  return {
    // Missions from before there were rules carry a blueprint without them.
    rules: policy.approvals ?? [],
    escalation: policy.escalation ?? [],
    ...(action === 'merge' &&
      change && { change: { repo: change.repo, branch: change.branch, base: change.baseCommit, head: change.head } }),
  };
}

/** Whether somebody has to say yes to this head first. */
export function needsPerson(state: MissionState, change: Change): boolean {
  const { policy } = state.ground().base.blueprint;
  const needed =
    isRiskier(state.risk(), policy.approveAbove) || state.data.findings.some(({ severity }) => severity === 'person');
  const given = state.data.approvals.some(
    ({ question, outcome }) =>
      question.action === 'merge' &&
      question.head === change.head &&
      question.planHash === state.data.planHash &&
      outcome === 'approved',
  );
  return needed && !given;
}

/** Undefined: it may be merged. */
export async function approve(context: MissionContext, change: Change): Promise<Stop | undefined> {
  const { state, show } = context;
  state.enter('approval', {
    who: 'a person who may approve',
    what: `merge of ${change.branch}: signalbox approve ${state.item.key}/${state.data.approvals.length + 1}`,
  });
  show();
  const { pullRequest } = state.data;
  if (pullRequest) await tellPullRequest(context, { ready: true, moment: { approval: 'asked' } });
  const answer = await askApproval(context, mergeQuestion(context, change));
  state.enter('approval');
  // Stale: it is validated again and, if it still needs somebody, asked again.
  if (answer.outcome === 'stale') return undefined;
  const approved = answer.outcome === 'approved';
  if (pullRequest) await tellPullRequest(context, { moment: { approval: approved ? 'given' : 'refused' } });
  if (approved) return undefined;
  const by = answer.by ? ` by ${answer.by.name ?? answer.by.id}` : '';
  return {
    result: 'rejected',
    because: `the merge was not approved: ${answer.outcome}${by}${answer.reason ? `, ${answer.reason}` : ''}`,
    evidence: [`the work is kept on branch ${change.branch}`],
  };
}

function mergeQuestion({ state }: MissionContext, change: Change): Parameters<typeof askApproval>[1] {
  const { policy } = state.ground().base.blueprint;
  const doubts = state
    .nodes()
    .flatMap(({ task, question }) => (question === undefined ? [] : [`${task.id}: ${question}`]));
  const findings = state.data.findings.map(({ path, message, rule }) => `${path} ${message} (${rule})`);
  const unproven = state.unproven().map((target) => `no gate reports that this test ran: ${target}`);
  const because = [...findings, ...doubts, ...unproven];
  return {
    action: 'merge',
    title: state.item.title,
    head: change.head,
    because: because.length > 0 ? because : [`the risk of the item is ${state.item.risk}`],
    recommendation:
      state.confidence() === 'high'
        ? 'All gates and scenarios pass and every other candidate that passes behaves the same: merge if the change is what the ticket means.'
        : 'Gates pass, but candidates that behave differently pass too: read the change before you merge it.',
    changedFiles: [...new Set(state.nodes().flatMap(({ task }) => task.touches))],
    proof: state.data.head.map(({ gate, outcome, counts }) =>
      counts ? `${gate}: ${outcome}, ${counts.passed} passed, ${counts.failed} failed` : `${gate}: ${outcome}`,
    ),
    onNoAnswer: 'it is not merged; the work is kept on its branch',
    reminderMs: durationMs(policy.approvalReminder),
    deadlineMs: durationMs(policy.approvalDeadline),
  };
}
