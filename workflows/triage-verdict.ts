import { ActivityFailure, setCurrentDetails } from '@temporalio/workflow';
import type { Consider } from '../activities/triage-judge.js';
import type { Verdict } from '../activities/triage-verdicts.js';
import { workflowId } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import { rootCause } from './root-cause.js';
import { tellSession } from './session-word.js';
import { opinionSteps, partSteps, vendorSteps } from './steps.js';
import { thisExecution } from './this-execution.js';
import type { TriageState } from './triage-state.js';
import { declinedComment, proposalComment, splitComment } from './triage-story.js';

// Where rules end: what a model is asked, what is only proposed, and what becomes of an item that is declined or split.

/** Asks once about this text. What goes wrong is no opinion: rules decide alone then. */
export async function consider(state: TriageState, { item, of, repos }: Consider): Promise<void> {
  const { dedupeKey: key } = state.status();
  const spent = state.data.opinions?.reduce((sum, { usd }) => sum + (usd ?? 0), 0) ?? 0;
  try {
    const summary = 'What is this, where rules leave it open?';
    state.heard(
      await opinionSteps.considerItem.executeWithOptions({ summary }, [{ item, of, repos: [...repos], key, spent }]),
    );
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    state.heard({ of, usd: 0, none: rootCause(error).slice(0, 300) });
  }
}

/** Nothing is decided by it: a person says yes, or says anything else and the item is worked on as it is. */
export async function propose(state: TriageState, verdict: Verdict, session: string | undefined): Promise<void> {
  const { dedupeKey: key } = state.status();
  const isNew = state.data.proposal?.id !== verdict.id;
  state.proposed(verdict);
  if (!isNew) return;
  await say(state, verdict, { as: 'elicitation', body: proposalComment(key, verdict), session, part: 'proposal' });
}

/** Of rules, of a person's yes, or as the blueprint lets a model decide. */
export async function carryOut(state: TriageState, verdict: Verdict, signal: Signal | undefined): Promise<void> {
  const { dedupeKey: key } = state.status();
  const session = signal?.data.session;
  state.settled(verdict);
  if (verdict.kind === 'decline') {
    state.enter('declined', verdict.because);
    await say(state, verdict, { as: 'response', body: declinedComment(key, verdict), session, part: 'declined' });
    return;
  }
  const { split } = verdict;
  if (!split) throw new Error('a split has parts');
  const { titles, parts, whole, repo, reporter } = split;
  const summary = `Begin ${titles.length} items, one for each part`;
  const keys = await partSteps.openParts.executeWithOptions({ summary }, [
    {
      ...{ parts, whole, signal: signal?.id ?? verdict.id },
      ...(repo !== undefined && { repo }),
      ...(reporter && { reporter }),
    },
  ]);
  state.data.parts = [...keys];
  state.enter('split', verdict.because);
  await say(state, verdict, { as: 'response', body: splitComment(verdict, keys), session, part: 'split' });
}

interface Said {
  readonly as: 'elicitation' | 'response';
  readonly body: string;
  readonly session: string | undefined;
  readonly part: string;
}

/** In place, and once: the same verdict has the same words. */
async function say(state: TriageState, { id, claim }: Verdict, { as, body, session, part }: Said): Promise<void> {
  setCurrentDetails(body);
  const { dedupeKey: key } = state.status();
  const effectKey = `${workflowId.triage(key)}/${thisExecution()}/${part}/${id}`;
  if (session !== undefined && (await tellSession(session, as, { body, effectKey }))) return;
  await vendorSteps.comment.executeWithOptions({ summary: `Say that it is ${part}` }, [
    { source: claim.source.kind, item: claim.item, body, effectKey },
  ]);
}
