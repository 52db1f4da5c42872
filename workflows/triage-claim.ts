import { getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import type { ItemClaim } from '../activities/claims.js';
import type { Kin } from '../schemas/claim.js';
import { workflowId } from '../schemas/names.js';
import { sourceFolded } from './messages.js';
import { claimClosed, incidentWork, leadEnded } from './messages-triage.js';
import { claimSteps, vendorSteps } from './steps.js';
import { foldedComment, nearComment } from './story.js';
import { thisExecution } from './this-execution.js';
import type { TriageState } from './triage-state.js';

// Whose work an item is: asked before a mission starts.

/** True: another triage leads, and this one follows it. `mayLead`: it is clear enough to be work by itself. */
export async function isFolded(state: TriageState, item: ItemClaim, mayLead: boolean): Promise<boolean> {
  const { dedupeKey: key } = state.status();
  const { receivedAt } = state.data;
  const waited = receivedAt === undefined ? {} : { waitedMs: Date.now() - Date.parse(receivedAt) };
  const claim = { ...item, key, triage: workflowId.triage(key), mayLead, ...waited };
  state.data.claim = claim;
  const summary = `Does anybody work on what ${item.item} tells of?`;
  const answer = await claimSteps.claimItem.executeWithOptions({ summary }, [claim]);
  if (answer.decision === 'fold') {
    await follow(state, answer.into);
    return true;
  }
  delete state.data.into;
  state.data.near = answer.near;
  if (answer.decision === 'lead') {
    state.data.leads = true;
    if (answer.near.length > 0) await tellNear(state, answer.near);
  }
  return false;
}

export async function follow(state: TriageState, into: Kin): Promise<void> {
  state.followInto(into);
  const { dedupeKey: key } = state.status();
  await sayBack(state, `folded/${into.item}`, 'Say into what it was folded', foldedComment(key, into));
}

async function tellNear(state: TriageState, near: readonly Kin[]): Promise<void> {
  const { dedupeKey: key } = state.status();
  await sayBack(state, 'near', 'Say what is like it', nearComment(key, near));
}

async function sayBack(state: TriageState, part: string, summary: string, body: string): Promise<void> {
  const { claim } = state.data;
  if (!claim) return;
  await vendorSteps.comment.executeWithOptions({ summary }, [
    {
      ...{ source: claim.source.kind, item: claim.item, body },
      effectKey: `triage/${claim.key}/${thisExecution()}/${part}`,
    },
  ]);
}

/** Of what was folded into it since its mission heard last. Throws when the mission has ended. */
export async function tellMission(state: TriageState): Promise<void> {
  for (let next = state.untold(); next; next = state.untold()) {
    await getExternalWorkflowHandle(workflowId.mission(state.data.item ?? '')).signal(sourceFolded, next);
  }
}

/** Its work is over. Who followed it before a mission could take them in looks for itself again. */
export async function release(state: TriageState): Promise<void> {
  const { dedupeKey: key, because } = state.status();
  const { alsoFrom = [], missionThere } = state.data;
  state.settle();
  await told(workflowId.dedupe(), (handle) => handle.signal(claimClosed, { key, because: because.slice(0, 300) }));
  if (missionThere) return;
  for (const { kind, item } of alsoFrom) {
    await told(workflowId.triage(`${kind}/${item}`), (handle) => handle.signal(leadEnded));
  }
}

/** Whoever asked for the work waits for its end. */
export async function tellIncident(state: TriageState, incident: string): Promise<void> {
  const { stage, because } = state.status();
  await told(incident, (handle) => handle.signal(incidentWork, { stage, because: because.slice(0, 500) }));
}

/** Who is there no more needs no telling. */
export async function told(
  id: string,
  tell: (handle: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<void> {
  try {
    await tell(getExternalWorkflowHandle(id));
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('could not be told', { id, error });
  }
}
