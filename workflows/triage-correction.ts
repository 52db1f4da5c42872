import { setHandler } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import type { FoldedSource } from '../schemas/work-item.js';
import type { Order } from './messages.js';
import { correctTriage, foldSource, leadEnded, sourceUnfolded, type TriageCorrection } from './messages-triage.js';
import { refusal } from './refusal.js';
import { claimSteps } from './steps.js';
import { follow, release, tellMission, told } from './triage-claim.js';
import type { TriageState } from './triage-state.js';
import { carryOut } from './triage-verdict.js';

// What other triages and people say about where an item belongs. Whatever was decided can be undone.

/** Registers it, before anything is awaited. */
export function listenToOthers(state: TriageState): void {
  setHandler(foldSource, (folded) => takeIn(state, folded), {
    validator: (_folded: FoldedSource) => {
      if (!state.takesIn()) throw refusal(`it is ${state.status().stage}: ${state.status().because}`);
    },
  });
  setHandler(sourceUnfolded, async (folded) => {
    state.letGo(folded);
    const { item, missionThere } = state.data;
    if (item === undefined || !missionThere) return;
    await told(workflowId.mission(item), (handle) => handle.signal(sourceUnfolded, folded));
  });
  setHandler(leadEnded, () => state.unfolded());
  setHandler(
    correctTriage,
    async (correction) => {
      state.correct(correction);
      const { item, stage } = { item: state.data.item, ...state.status() };
      // Its work is kept: a mission that is cancelled pushes what it has.
      if (stage === 'running' && item !== undefined) {
        await told(workflowId.mission(item), (handle) => handle.cancel());
      }
      return { accepted: true };
    },
    { validator: (correction) => refuseCorrection(correction, state) },
  );
}

async function takeIn(state: TriageState, folded: FoldedSource): Promise<{ readonly accepted: true }> {
  state.takeIn(folded);
  try {
    await tellMission(state);
  } catch {
    state.letGo(folded);
    throw refusal('its mission has just ended');
  }
  return { accepted: true };
}

/** True: there is nothing more to do, it follows another one. */
export async function correct(state: TriageState): Promise<boolean> {
  const { correction, claim } = state.data;
  delete state.data.correction;
  if (!correction || !claim) return false;
  if (state.data.leads) await release(state);
  const { by, to } = correction;
  const { proposal } = state.data;
  if (to.kind === 'accept') {
    if (proposal) await carryOut(state, proposal, state.data.signal);
    return proposal !== undefined;
  }
  const who = by.name ?? by.id;
  const record = { claim, by, text: correction.text };
  if (to.kind === 'merge') {
    const summary = `${who}: fold ${claim.item} into ${to.into}`;
    const into = await claimSteps.mergeClaims.executeWithOptions({ summary }, [{ ...record, into: to.into }]);
    if (into) await follow(state, into);
    return into !== null;
  }
  if (to.kind === 'move') {
    state.data.moved = { repo: to.repo, because: `moved there by ${who}` };
    const summary = `${who}: ${claim.item} is about ${to.repo}`;
    await claimSteps.moveClaim.executeWithOptions({ summary }, [{ ...record, repo: to.repo }]);
    return false;
  }
  const { into } = state.data;
  const summary = `${who}: ${claim.item} is another fault than ${into?.item ?? 'what it follows'}`;
  await claimSteps.splitClaim.executeWithOptions({ summary }, [{ ...record, ...(into && { from: into.key }) }]);
  if (into) {
    const { kind } = claim.source;
    await told(into.triage, (handle) => handle.signal(sourceUnfolded, { kind, item: claim.item }));
  }
  state.unfolded();
  return false;
}

const MOVABLE: readonly string[] = ['running', 'asking', 'folded', 'ignored', 'declined'];

function refuseCorrection(correction: Order & { readonly to: TriageCorrection }, state: TriageState): void {
  const { stage, because } = state.status();
  const { by, text, to } = correction;
  if (typeof by?.id !== 'string' || by.id === '') throw refusal('by.id: expected who says so');
  if (typeof text !== 'string' || text.length > 4000) throw refusal('text: expected at most 4,000 characters');
  if (!state.data.claim) throw refusal(`it has not been looked at yet: ${because}`);
  if (state.data.correction) throw refusal('it is being corrected already');
  if (to?.kind === 'accept') {
    if (!state.data.proposal || stage !== 'asking') throw refusal(`nothing is proposed: it is ${stage}, ${because}`);
    return;
  }
  if (to?.kind === 'split' ? stage !== 'folded' : !MOVABLE.includes(stage)) {
    throw refusal(`there is nothing to ${to?.kind}: it is ${stage}, ${because}`);
  }
}
