import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import type { ReviewInput, ReviewResult } from '../schemas/review.js';
import type { FindingAnswer } from '../schemas/role-output.js';
import { FindingsLedger, type FindingsState } from './findings-ledger.js';
import { taskAttributes } from './search-attributes.js';
import type { TaskContext } from './task-context.js';
import type { Critique } from './task-critique.js';

interface Work {
  readonly commit: string;
  readonly tree: string;
  readonly summary: string;
  /** Name of the model that wrote it; empty when none did. */
  readonly model: string;
}

export interface Reviewed extends Critique {
  readonly findings: ReviewResult['findings'] & Critique['findings'];
  readonly state: FindingsState;
  /** What the author is told; undefined when there is nothing to answer. */
  readonly notice?: string;
}

/**
 * Reviews by models until there is something for the author to do: satisfied, findings to answer, or what a person has
 * to decide at the merge. A lens that could not report is asked again, within the rounds of the blueprint.
 */
export async function reviewWork(
  task: TaskContext,
  before: FindingsState,
  work: Work,
  given: readonly FindingAnswer[],
): Promise<Reviewed> {
  const { rounds } = task.input.blueprint.review;
  const ledger = new FindingsLedger(before);
  for (let answers = given; ; answers = []) {
    const result = await round(task, ledger, work, answers);
    ledger.apply(result, answers);
    task.state.notes.push(...result.notes);
    const decision = ledger.decision(rounds);
    if (decision.state === 'again' && decision.waitsFor === 'reviewers') continue;
    const reviewed = { verdicts: [], findings: [...result.findings], state: ledger.state };
    if (decision.state === 'again') {
      return { ...reviewed, decision: 'again', because: decision.because, notice: noticeOf(ledger) };
    }
    task.state.findings = [...ledger.forPeople(), ...riskOf(result)];
    const because = decision.state === 'converged' ? work.summary : `a person decides: ${decision.because}`;
    return { ...reviewed, decision: 'done', because };
  }
}

async function round(
  task: TaskContext,
  ledger: FindingsLedger,
  work: Work,
  answers: readonly FindingAnswer[],
): Promise<ReviewResult> {
  const { item, repo, node, near, blueprint, blueprintRef, agents } = task.input;
  const { lenses, bar } = blueprint.review;
  const n = ++task.state.rounds;
  task.enter(`review ${n} by models`);
  const input: ReviewInput = {
    ...{ item, node: node.id, round: n, repo, near, blueprint: blueprintRef, lenses, bar },
    from: task.start(),
    to: { commit: work.commit, tree: work.tree },
    ...ledger.forReview(answers),
    spec: agents?.brief ?? [],
    author: { model: work.model, summary: work.summary },
    steerAt: blueprint.budget.steerAt,
  };
  return executeChild<(input: ReviewInput) => Promise<ReviewResult>>('review', {
    workflowId: workflowId.review(item, node.id, n),
    args: [input],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    staticSummary: `${node.id}: review ${n} by models`,
    typedSearchAttributes: taskAttributes(item, repo),
  });
}

function noticeOf(ledger: FindingsLedger): string {
  const lines = ledger
    .open()
    .map(({ id, path, line, message }) => `- ${id} ${path}${line === undefined ? '' : `:${line}`}: ${message}`);
  return ['Answer each finding in your next submit, as fixed or as disputed with a reason:', ...lines].join('\n');
}

/** A reviewer can raise the risk of a change in which it found nothing to mend. */
function riskOf({ risk, because, commit, findings }: ReviewResult): Critique['findings'] {
  if (risk === 'low' || findings.some((finding) => finding.risk === risk)) return [];
  return [
    {
      id: commit.slice(0, 16),
      rule: 'model-correctness',
      severity: 'note',
      path: '.',
      message: `the reviewers see ${risk} risk: ${because}`,
      risk,
    },
  ];
}
