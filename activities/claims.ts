import type { Claim, ClaimAnswer, Kin } from '../schemas/claim.js';
import type { Actor } from '../schemas/signal.js';
import type { FoldedSource } from '../schemas/work-item.js';
import { transient } from './failure.js';
import type { Claims } from './ports-records.js';
import type { TriageMeter, TriageRecords } from './ports-triage.js';

/** What the reading of an item finds out for it. */
export type ItemClaim = Omit<Claim, 'key' | 'triage' | 'mayLead'>;

/** Each time one that is said to lead turns out to be over; more in a row than that is no chance. */
const TRIES = 5;

/** Whoever has it is like nobody. */
const LIKE_NOTHING: Claim['signature'] = {
  ...{ keys: [], traces: [], errors: [], mentions: [], unlike: [], contrasts: [] },
  terms: '',
};

interface Corrected {
  readonly claim: Claim;
  readonly by: Actor;
  readonly text: string;
}

export interface ClaimPorts {
  readonly claims: Claims;
  readonly records: TriageRecords;
  /** False: what is told twice is worked on twice. By default true. */
  readonly fold?: boolean;
  readonly meter?: Pick<TriageMeter, 'triageDecided'>;
}

/** Who works on what; every answer may be asked for again. */
export function createClaimActivities({ claims, records, fold = true, meter }: ClaimPorts) {
  /** False: the one that leads has ended without saying so. */
  async function isTakenIn(claim: Claim, into: Kin): Promise<boolean> {
    if (await claims.fold(into.triage, folded(claim))) return true;
    await claims.close(into.key, 'it has ended');
    return false;
  }

  return {
    /** Folded only when the one that leads has taken it in. */
    async claimItem(given: Claim): Promise<ClaimAnswer> {
      const claim = fold ? given : { ...given, signature: LIKE_NOTHING };
      for (let tries = 0; tries < TRIES; tries++) {
        const answer = await claims.claim(claim);
        if (answer.decision !== 'fold' || (await isTakenIn(claim, answer.into))) {
          const { decision } = answer;
          const { source, waitedMs } = claim;
          if (decision !== 'none' && waitedMs !== undefined) {
            meter?.triageDecided({ source: source.kind, waitedMs, decision });
          }
          return answer;
        }
      }
      throw transient('NotYet', `what ${claim.key} was to be folded into has ended, ${TRIES} times`);
    },

    async splitClaim({ claim, by, text, from }: Corrected & { readonly from?: string }): Promise<void> {
      await claims.split(claim.key);
      await records.append({
        kind: 'split',
        ...corrected(claim, by, text),
        ...(from !== undefined && { other: from }),
      });
    },

    /** Null: nobody works on it. */
    async mergeClaims({ claim, by, text, into }: Corrected & { readonly into: string }): Promise<Kin | null> {
      const kin = await claims.merge(claim, into);
      if (!kin || !(await isTakenIn(claim, kin))) return null;
      await records.append({ kind: 'merge', ...corrected(claim, by, text), other: into });
      return kin;
    },

    async moveClaim({ claim, by, text, repo }: Corrected & { readonly repo: string }): Promise<void> {
      await claims.moved(claim.key);
      await records.append({ kind: 'move', ...corrected(claim, by, text), repo });
    },
  };
}

export type ClaimActivities = ReturnType<typeof createClaimActivities>;

function folded({ source, item }: Claim): FoldedSource {
  return { ...source, item };
}

function corrected({ key, item, title, signature }: Claim, by: Actor, text: string) {
  return { key, item, title: title.slice(0, 300), by, text, signature };
}
