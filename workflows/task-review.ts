import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import type { FindingAnswer } from '../schemas/role-output.js';
import { FindingsLedger } from './findings-ledger.js';
import type { review } from './review.js';
import { taskAttributes } from './search-attributes.js';
import type { ReviewState, TaskContext } from './task-context.js';
import type { Critique } from './task-critique.js';

interface Work {
  readonly commit: string;
  readonly tree: string;
  readonly summary: string;
  readonly model: string;
}

/** A round of review by models: passed, to be answered, or for a person to decide at the merge. */
export async function reviewWork(
  task: TaskContext,
  reviewed: ReviewState,
  work: Work,
  answers: readonly FindingAnswer[],
): Promise<Critique & { readonly notice: string }> {
  const { item, repo, node, near, blueprint, blueprintRef, agents } = task.input;
  const { lenses, bar, rounds } = blueprint.review;
  const { state } = task;
  const ledger = new FindingsLedger(reviewed.findings);
  const round = ++state.rounds;
  task.enter(`review ${round} by models`);
  const result = await executeChild<typeof review>('review', {
    workflowId: workflowId.review(item, node.id, round),
    args: [
      {
        ...{ item, node: node.id, round, repo, near, blueprint: blueprintRef, lenses, bar },
        from: task.start(),
        ...(reviewed.reviewedCommit !== undefined && { since: { commit: reviewed.reviewedCommit } }),
        to: { commit: work.commit, tree: work.tree },
        spec: agents?.brief ?? [],
        author: { model: work.model, summary: work.summary },
        open: ledger.open(),
        answers,
        steerAt: blueprint.budget.steerAt,
      },
    ],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    staticSummary: `${node.id}: review ${round}`,
    typedSearchAttributes: taskAttributes(item, repo),
  });
  ledger.apply(result, answers);
  reviewed.findings = ledger.state;
  reviewed.reviewedCommit = work.commit;
  const decision = ledger.decision(rounds);
  const findings = [...result.findings];
  if (decision.state === 'converged') {
    state.findings = ledger.forPeople();
    return { decision: 'done', because: work.summary, verdicts: [], findings, notice: '' };
  }
  if (decision.state === 'escalate') {
    state.findings = ledger.forPeople();
    return { decision: 'done', because: `a person decides: ${decision.because}`, verdicts: [], findings, notice: '' };
  }
  const lines = ledger
    .open()
    .map(({ id, path, line, message }) => `- ${id} ${path}${line ? `:${line}` : ''}: ${message}`);
  const notice = ['Answer each finding in your next submit, as fixed or disputed with a reason:', ...lines].join('\n');
  return { decision: 'again', because: decision.because, verdicts: [], findings, notice };
}
