import { workflowInfo } from '@temporalio/workflow';
import type { FindingAnswer } from '../schemas/role-output.js';
import { branchMoved, changeOf } from './mission-branches.js';
import { tellPullRequest } from './mission-change.js';
import { effectKey, type MissionContext } from './mission-context.js';
import { MissionDag } from './mission-dag.js';
import type { AnsweredRemark, PullRequestState } from './mission-data.js';
import type { MissionState } from './mission-state.js';
import { remarkPlan, withoutRemarks } from './remark-plan.js';
import { forgeSteps, steps } from './steps.js';
import { quote } from './story.js';

// What people say on a pull request is answered: by a change of the code where there are models, and in place, once.

/** Rounds of changes that remarks may lead to: after these somebody has to talk to somebody. */
const ROUNDS = 5;

/** What is shown beside a remark of somebody who may not write to the repository. */
export const NOT_ACTED_ON = 'shown only: who said it may not write to the repository';

type Answer = (remark: AnsweredRemark) => string;

/** Answers every remark that has no answer yet. */
export async function answerRemarks(context: MissionContext, to: PullRequestState): Promise<void> {
  const open = to.remarks.filter(({ answer }) => answer === undefined);
  if (open.length === 0) return;
  await tellPullRequest(context);
  const answer = await answersTo(context, to, open);
  for (const remark of open) {
    remark.answer = answer(remark);
    await reply(context, to, remark);
  }
  await tellPullRequest(context);
}

/** Once, however many say something: an answer to each would be noise that anybody can make. */
export async function tellOutsiders(context: MissionContext, to: PullRequestState): Promise<void> {
  const first = to.remarks.find(({ outsider }) => outsider);
  if (!first) return;
  to.toldOutsiders = true;
  const body =
    'Thank you. Remarks of people who may not write to this repository are shown in the description, and nothing is changed for them. Whoever may write to it can repeat one here, and it is taken up.';
  await reply(context, to, { ...first, answer: body });
}

async function answersTo(context: MissionContext, to: PullRequestState, open: AnsweredRemark[]): Promise<Answer> {
  const { state } = context;
  const where = `Commits that are pushed to \`${changeOf(state).branch}\` are taken in and validated.`;
  if (!state.hasAgents()) return () => `Noted. No model is configured here, so nothing is changed for it. ${where}`;
  if (to.rounds >= ROUNDS)
    return () => `Noted. Remarks have led to ${ROUNDS} rounds of changes, so nothing more is changed for it. ${where}`;
  return change(context, to, open);
}

/** One more task on the change as it is; where nothing comes of it the change stays as it was. */
async function change(context: MissionContext, to: PullRequestState, open: AnsweredRemark[]): Promise<Answer> {
  const { state, show } = context;
  const before = state.plan();
  if (!before) throw new Error('there is no plan yet');
  const n = ++to.rounds;
  const plan = remarkPlan({ plan: before, blueprint: state.ground().base.blueprint, n, remarks: open });
  adopt(state, plan);
  show();
  const stop = await new MissionDag(context, { ship: true }).run();
  const task = state.record(`remarks-${n}`);
  if (stop) {
    const because = task.state === 'passed' ? 'the change for it does not pass all gates' : task.detail;
    adopt(state, withoutRemarks(before, plan));
    return () => `Nothing was changed for it: ${quote(because, 1000)}`;
  }
  await takeOver(context);
  const said = task.handedIn
    ? await steps.readCoderOutput.executeWithOptions({ summary: 'What the coder says to each remark' }, [
        { output: task.handedIn },
      ])
    : { summary: task.detail, answers: [] };
  const commit = changeOf(state).head.slice(0, 12);
  return ({ id }) =>
    sentence(
      commit,
      said.summary,
      said.answers.find(({ finding }) => finding === id),
    );
}

function sentence(commit: string, summary: string, answer: FindingAnswer | undefined): string {
  if (!answer) return `Looked at in \`${commit}\`: ${quote(summary, 1000)}`;
  const done = answer.answer === 'fixed' ? `Done in \`${commit}\`` : 'Not changed';
  return `${done}: ${quote(answer.reason, 500)}`;
}

/** The change goes on from where the last task of the round ended. */
async function takeOver(context: MissionContext): Promise<void> {
  const { state } = context;
  const last = state.nodes().at(-1);
  if (!last?.commit || !last.tree) throw new Error('the last task of the plan left no commit');
  state.data.change = { ...changeOf(state), head: last.commit, tree: last.tree };
  state.data.head = state.nodes().flatMap(({ verdicts }) => verdicts.filter(({ tree }) => tree === last.tree));
  state.data.validated = last.tree;
  await branchMoved(context);
}

async function reply({ input, state }: MissionContext, to: PullRequestState, remark: AnsweredRemark): Promise<void> {
  await forgeSteps.replyOnPullRequest.executeWithOptions({ summary: `Answer ${quote(remark.by)}` }, [
    {
      ...{ repo: state.item.repo, number: to.number, inReplyTo: remark.remark, body: remark.answer ?? '' },
      effectKey: effectKey(input, `reply-${remark.id}`),
    },
  ]);
}

function adopt(state: MissionState, plan: Parameters<MissionState['adopt']>[0]): void {
  // A version of the plan never changes within a run of the mission: its number says as much as a digest.
  state.adopt(plan, `${workflowInfo().firstExecutionRunId}/${plan.version}`);
}
