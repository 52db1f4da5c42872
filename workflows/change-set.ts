import {
  allHandlersFinished,
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChangeSetOutcome, ReadyPart, SetPartOutcome } from '../schemas/change-set.js';
import { workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import { missionPriority } from '../schemas/priority.js';
import type { WorkItem } from '../schemas/work-item.js';
import { ChangeSetState, detailsOf, partOf, revertOf } from './change-set-state.js';
import { MISSION_EVENTS } from './history-length.js';
import { cancelMission, missionStatus, sourceFolded } from './messages.js';
import type { mission } from './mission.js';
import { rootCause } from './root-cause.js';
import { changeSetStatus, partReady, setTold } from './set-messages.js';
import { vendorSteps } from './steps.js';
import { versioned } from './versioning.js';

// It lives as long as its missions: it moves on to new code.
versioned('AUTO_UPGRADE', changeSet);

export interface ChangeSetInput {
  readonly item: WorkItem;
  /** Number of this set among those of the item, from 1. */
  readonly attempt: number;
}

/**
 * One item in several repos: a mission in each, all of them validated before the first merges, merged in order. When a
 * later one does not land, the earlier ones are taken back, the last one first.
 */
export async function changeSet(input: ChangeSetInput): Promise<ChangeSetOutcome> {
  const state = new ChangeSetState(input.item);
  const show = () => setCurrentDetails(detailsOf(state.status()));
  const work = new CancellationScope();
  setHandler(changeSetStatus, () => state.status());
  setHandler(missionStatus, () => state.shown());
  setHandler(sourceFolded, (folded) => {
    state.alsoFrom = [...state.alsoFrom, folded];
  });
  setHandler(cancelMission, (order) => {
    state.stopped ??= `it was cancelled by ${order.by.name ?? order.by.id}`;
    work.cancel();
    return state.shown();
  });
  setHandler(partReady, async (part) => {
    state.readied(part);
    show();
    await tellLinks(state, part);
  });
  show();
  await write(input, state, 'started', startWords(state));
  try {
    await work.run(() => carry(input, state, show));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    state.stopped ??= isCancellation(error) ? 'it was cancelled' : rootCause(error);
  }
  await CancellationScope.nonCancellable(async () => {
    work.cancel();
    await condition(() => state.running === 0);
    if (state.stopped !== undefined) await takeBack(input, state, show);
    state.stage = 'done';
    show();
    await write(input, state, state.stopped === undefined ? 'completed' : 'stopped', state.words());
    await condition(allHandlersFinished);
  });
  return state.outcome();
}

/** Returns when all have landed, or `stopped` says why not. */
async function carry(input: ChangeSetInput, state: ChangeSetState, show: () => void): Promise<void> {
  for (const repo of state.repos) await start(input, state, repo);
  await condition(() => state.isReady() || state.stopped !== undefined);
  for (const repo of state.repos) {
    if (state.stopped !== undefined) return;
    state.stage = 'merging';
    show();
    await tell(state, repo, { merge: true });
    await condition(() => state.hasEnded(repo));
    show();
  }
}

async function start({ item, attempt }: ChangeSetInput, state: ChangeSetState, repo: string): Promise<void> {
  const part = partOf({ ...item, alsoFrom: [...state.alsoFrom] }, repo, workflowInfo().workflowId);
  const child = await startChild<typeof mission>('mission', {
    workflowId: workflowId.mission(part.key),
    args: [{ item: part, attempt, historyLimit: MISSION_EVENTS }],
    // They end with their set, each in its own order.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: missionPriority(item),
    staticSummary: `${item.key} in ${repo}`,
  });
  state.running++;
  void follow(state, repo, child);
}

async function follow(state: ChangeSetState, repo: string, child: ChildWorkflowHandle<typeof mission>): Promise<void> {
  try {
    const { result, because, mergeCommit }: Outcome = await child.result();
    state.end({ repo, result, because, ...(mergeCommit !== undefined && { mergeCommit }) });
  } catch (error) {
    const because = error instanceof Error ? rootCause(error) : String(error);
    state.end({ repo, result: isCancellation(error) ? 'cancelled' : 'failed', because });
  } finally {
    state.running--;
  }
}

/** What has landed is taken back by missions of their own, through the same queues and gates; the last one first. */
async function takeBack({ item, attempt }: ChangeSetInput, state: ChangeSetState, show: () => void): Promise<void> {
  for (const part of state.landed().toReversed()) {
    state.stage = 'reverting';
    show();
    state.takenBack(part, await revert(item, attempt, part, state.stopped ?? ''));
  }
}

async function revert(
  item: WorkItem,
  attempt: number,
  { repo, mergeCommit }: SetPartOutcome,
  why: string,
): Promise<NonNullable<SetPartOutcome['reverted']>> {
  if (mergeCommit === undefined) return { not: 'it is not known by which commit it landed' };
  const part = revertOf(item, repo, why);
  try {
    const outcome = await executeChild<typeof mission>('mission', {
      workflowId: workflowId.mission(part.key),
      args: [{ item: part, attempt, revert: { mergeCommit } }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      priority: missionPriority({ ...item, severity: 'urgent' }),
      staticSummary: `${item.key}: take ${repo} back`,
    });
    const { result, because, mergeCommit: commit } = outcome;
    return result === 'shipped' && commit !== undefined ? { commit } : { not: `${result}: ${because}` };
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return { not: rootCause(error) };
  }
}

async function tellLinks(state: ChangeSetState, { url }: ReadyPart): Promise<void> {
  if (url === undefined) return;
  for (const { repo } of state.ready()) await tell(state, repo, { merge: false });
}

/** A mission that has ended needs no telling. */
function tell(state: ChangeSetState, repo: string, { merge }: { readonly merge: boolean }): Promise<void> {
  const handle = getExternalWorkflowHandle(workflowId.mission(partOf(state.item, repo, '').key));
  return handle.signal(setTold, { links: state.links(repo), merge }).catch(() => undefined);
}

/** At the ticket, and at those that were folded in: their states are the set's to say, and not its missions'. */
async function write(
  { item, attempt }: ChangeSetInput,
  { alsoFrom }: ChangeSetState,
  to: 'started' | 'completed' | 'stopped',
  body: string,
): Promise<void> {
  const { workflowId: id, firstExecutionRunId } = workflowInfo();
  for (const { kind, item: at } of [{ kind: item.source.kind, item: item.key }, ...alsoFrom]) {
    const key = `${id}/${attempt}/${firstExecutionRunId}/${to}/${kind}/${at}`;
    const ticket = { source: kind, item: at };
    const comment = [{ ...ticket, body, effectKey: key }] as const;
    await vendorSteps.comment.executeWithOptions({ summary: `Ticket: ${to}` }, [...comment]);
    const state = [{ ...ticket, state: to, effectKey: `${key}/state` }] as const;
    await vendorSteps.setState.executeWithOptions({ summary: `Ticket: its state, ${to}` }, [...state]);
  }
}

function startWords({ repos }: ChangeSetState): string {
  const list = repos.map((repo) => `\`${repo}\``).join(', then ');
  return `This needs changes in several repositories: ${list}. Each gets a change of its own; none is merged before all are ready, and they are merged in this order.`;
}
