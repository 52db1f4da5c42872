import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type DedupeData, DedupeState } from './dedupe-state.js';
import { historyIsLong } from './history-length.js';
import { claimClosed, claimItem, dedupeStatus, mergeClaims, moveClaim, splitClaim } from './messages-triage.js';
import { refusal } from './refusal.js';
import { dedupeAttributes } from './search-attributes.js';
import { quote } from './story.js';
import { versioned } from './versioning.js';

// It has no end: it moves on to new code.
versioned('AUTO_UPGRADE', dedupe);

/** A claim is two events, an update that is accepted and completed; a replay of so many is short. */
const EVENTS = 2_000;

export interface DedupeInput {
  /** How long what is over is remembered. */
  readonly windowMs: number;
  /** Of the run before, when continued as new. */
  readonly state?: DedupeData;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/**
 * Whose work a fault is. One for the installation: triages claim their item here before they start a mission, one after
 * the other, so that two tellings of one fault at the same moment are one mission.
 */
export async function dedupe(input: DedupeInput): Promise<never> {
  const state = new DedupeState(input.windowMs, input.state);
  let heard = 0;
  const now = () => {
    heard++;
    return Date.now();
  };
  setHandler(claimItem, (claim) => state.claim(claim, now()));
  setHandler(claimClosed, ({ key, because }) => state.close(key, because, now()));
  setHandler(splitClaim, ({ key }) => {
    now();
    return { done: state.split(key) };
  });
  setHandler(
    mergeClaims,
    ({ claim, into }) => {
      now();
      const kin = state.merge(claim, into);
      if (!kin) throw refusal(`nobody works on ${into}`);
      return kin;
    },
    {
      validator: ({ into }) => {
        if (!state.lead(into)) throw refusal(`nobody works on ${into}`);
      },
    },
  );
  setHandler(moveClaim, ({ key }) => state.moved(key, now()));
  setHandler(dedupeStatus, () => state.status());
  upsertSearchAttributes(dedupeAttributes());

  for (let shown = -1; ; ) {
    if (shown !== heard) {
      shown = heard;
      setCurrentDetails(details(state));
    }
    await condition(() => heard !== shown || historyIsLong(input.historyLimit ?? EVENTS));
    if (!historyIsLong(input.historyLimit ?? EVENTS)) continue;
    await condition(allHandlersFinished);
    await continueAsNew<typeof dedupe>({ ...input, state: state.data });
  }
}

function details(state: DedupeState): string {
  const { open, claims, folded, near, corrections } = state.status();
  const { split, merge, move } = corrections;
  return [
    '### Whose work a fault is',
    '',
    `${open.length} items are worked on; ${folded} of ${claims} claims were folded, ${near} have a near miss.`,
    `Corrected by people: ${split} split, ${merge} merged, ${move} moved.`,
    '',
    ...open
      .slice(0, 50)
      .map((one) => `- **${quote(one.item)}** ${quote(one.title, 100)}: ${one.folded.length} folded into it`),
  ].join('\n');
}
