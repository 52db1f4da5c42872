import { ActivityFailure, isCancellation, setHandler } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import { workflowId } from '../schemas/names.js';
import { type CheckMoment, type CheckView, checksOf } from './change-checks.js';
import { answerRefused, changeTouched } from './messages.js';
import { effectKey, type MissionContext } from './mission-context.js';
import type { PullRequestState } from './mission-data.js';
import { buildProof } from './mission-proof.js';
import type { MissionState } from './mission-state.js';
import { type ChangeStory, pullRequestBody, pullRequestLabels, pullRequestTitle } from './pull-request-story.js';
import { forgeSteps } from './steps.js';
import { quote } from './story.js';

// The pull request of a mission: opened once, edited as the mission goes on. A forge without pull requests has none of
// this, and nothing here happens there.

export function hasPullRequests({ data }: MissionState): boolean {
  return data.ground?.base.pullRequests === true;
}

/** Registers what the doors may say, before anything is awaited. */
export function listenToChange(context: MissionContext): void {
  const { state } = context;
  setHandler(changeTouched, () => {
    if (state.data.pullRequest) state.data.pullRequest.touched = true;
  });
  setHandler(answerRefused, (refused) => tellRefused(context, refused));
}

interface RefusedAnswer {
  readonly key: string;
  readonly question: string;
  readonly who: string;
  readonly said: string;
}

/** In place, for whoever answered there: forges show nothing of what we say to their deliveries. */
async function tellRefused({ state, input }: MissionContext, refused: RefusedAnswer): Promise<void> {
  const { pullRequest } = state.data;
  if (!pullRequest) return;
  const { key, question, who, said } = refused;
  const to = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(who) ? `@${who}` : quote(who);
  const body = `${to}: your answer to \`${question}\` does not count: ${quote(said, 600)}.`;
  const { number } = pullRequest;
  try {
    await forgeSteps.replyOnPullRequest.executeWithOptions(
      // Later it is no news any more.
      { summary: `Refused: an answer to ${question}`, scheduleToCloseTimeout: '15 minutes' },
      [{ repo: state.item.repo, number, inReplyTo: null, body, effectKey: effectKey(input, `refused-${key}`) }],
    );
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

/** The draft that tells the story from now on; the branch must be there. */
export async function openPullRequest(context: MissionContext): Promise<void> {
  const { state, input, show } = context;
  if (!hasPullRequests(state) || state.data.pullRequest) return;
  const story = storyOf(state);
  const { repo, branch, baseBranch } = story.change;
  const body = pullRequestBody(story);
  const { number, url } = await forgeSteps.openPullRequest.executeWithOptions(
    { summary: 'Open the draft pull request' },
    [
      {
        ...{ repo, branch, base: baseBranch, title: pullRequestTitle(state.item), body, draft: true },
        effectKey: effectKey(input, 'pull-request'),
      },
    ],
  );
  const fresh = { version: 0, draft: true, shown: '', checks: {}, moment: {}, remarks: [], rounds: 0, touched: false };
  state.data.pullRequest = { number, url, ...fresh };
  state.data.notes.push(`pull request ${url}`);
  show();
}

interface Telling {
  readonly moment?: CheckMoment;
  /** From now on it is no draft any more. */
  readonly ready?: boolean;
  /** Nobody goes on with it. */
  readonly closed?: boolean;
}

/** Shows how things stand: what has not changed since is not said again. */
export async function tellPullRequest(context: MissionContext, telling: Telling = {}): Promise<void> {
  const { pullRequest } = context.state.data;
  if (!pullRequest) return;
  pullRequest.moment = { ...pullRequest.moment, ...telling.moment };
  if (telling.ready) pullRequest.draft = false;
  try {
    await edit(context, pullRequest, telling);
    await report(context, pullRequest);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    // What is shown is not what is done: the mission goes on without it, and says so once.
    if (!pullRequest.refused)
      context.state.data.notes.push(`the pull request does not show everything: ${error.cause}`);
    pullRequest.refused = true;
  }
}

async function edit({ state, input }: MissionContext, to: PullRequestState, telling: Telling): Promise<void> {
  const story = storyOf(state);
  const look = {
    title: pullRequestTitle(state.item),
    body: pullRequestBody(story),
    draft: to.draft,
    labels: pullRequestLabels(story),
    state: telling.closed ? ('closed' as const) : ('open' as const),
  };
  const shown = JSON.stringify(look);
  if (shown === to.shown) return;
  to.version++;
  to.shown = shown;
  await forgeSteps.editPullRequest.executeWithOptions({ summary: `Pull request: ${state.data.stage}` }, [
    {
      ...look,
      ...{ repo: state.item.repo, number: to.number, version: to.version },
      effectKey: effectKey(input, `pull-request-${to.version}`),
    },
  ]);
}

/** One step per check that has something new to say, side by side. */
async function report({ state, input }: MissionContext, to: PullRequestState): Promise<void> {
  const { change } = state.data;
  if (!change) return;
  const fresh = checksOf(state, to.moment).filter((check) => {
    const before = to.checks[check.name];
    return before?.commit !== change.head || before.said !== JSON.stringify(check);
  });
  await Promise.all(fresh.map((check) => reportOne({ state, input }, to, { check, commit: change.head })));
}

async function reportOne(
  { state, input }: Pick<MissionContext, 'state' | 'input'>,
  { checks }: PullRequestState,
  { check, commit }: { readonly check: CheckView; readonly commit: string },
): Promise<void> {
  const before = checks[check.name];
  const version = (before?.version ?? 0) + 1;
  checks[check.name] = { commit, said: JSON.stringify(check), version };
  await forgeSteps.reportCheck.executeWithOptions({ summary: `${check.name}: ${check.state}` }, [
    {
      ...check,
      ...{ repo: state.item.repo, commit, version, mission: workflowId.mission(state.item.key) },
      effectKey: effectKey(input, `check-${check.name}-${version}`),
    },
  ]);
}

function storyOf(state: MissionState): ChangeStory & { readonly change: Change } {
  const { change, findings, approvals, waitingOn, outcome, stage, budget, proof, pullRequest } = state.data;
  const plan = state.plan();
  if (!change || !plan) throw new Error('there is no change to tell of yet');
  const { failingBefore, passingAfter, head } = buildProof(state, change);
  return {
    ...{ item: state.item, change, plan, tasks: state.nodes(), stage, findings, approvals },
    ...{ risk: state.risk(), confidence: state.confidence(), spend: state.spend() },
    remarks: pullRequest?.remarks ?? [],
    links: state.data.set?.links ?? [],
    proof: { failingBefore, passingAfter, head, ...(proof && { sha256: proof.json.sha256 }) },
    ...(waitingOn && { waitingOn }),
    ...(budget && { limit: budget.limit.usd }),
    ...(outcome && { outcome }),
  };
}
