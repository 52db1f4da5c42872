import type { Claim, ClaimAnswer, DedupeStatus, Kin, LeadView } from '../schemas/claim.js';
import { type Frequencies, frequencies, type Likeness, likeness } from '../schemas/similarity.js';
import { countCorrection, countDecision, countsView, type TriageCounts, useApart } from './triage-counts.js';

/** What it holds goes through every continue-as-new: about 700 bytes each, far below Temporal's 2 MB. */
const HELD = 800;
/** Of those that were folded into one; the rest is counted. */
const MEMBERS = 100;
const NEAR = 5;
const APART = 500;
const TOLD_APART = 'a person has told them apart';

export interface Lead extends Omit<Claim, 'mayLead'> {
  readonly since: string;
  folded: Member[];
  /** Besides `folded`: who came after the first hundred. */
  more: number;
  near: { readonly key: string; readonly because: string }[];
  /** When its work was over, and what came of it. */
  closed?: { readonly at: string; readonly because: string };
}

interface Member {
  readonly key: string;
  readonly title: string;
  readonly because: string;
  readonly terms: string;
}

/** Plain data that continue-as-new carries. */
export interface DedupeData extends TriageCounts {
  /** Oldest first. */
  leads: Lead[];
  /** Pairs that a person has told apart: keys, and the words that they had. */
  apart: (readonly [one: string, other: string])[];
  claims: number;
  folded: number;
  near: number;
  forgotten: number;
  corrections: DedupeStatus['corrections'];
}

/** Who leads and who follows. The workflow file wires and waits. */
export class DedupeState {
  readonly data: DedupeData;
  readonly #windowMs: number;

  /** `windowMs`: how long what is over is remembered, so that what comes after it is told of it. */
  constructor(windowMs: number, data?: DedupeData) {
    this.#windowMs = windowMs;
    this.data = data ?? {
      ...{ leads: [], apart: [], claims: 0, folded: 0, near: 0, forgotten: 0 },
      corrections: { split: 0, merge: 0, move: 0 },
    };
  }

  /** Asked twice it says the same: the item leads already, or follows already. */
  claim(claim: Claim, now: number): ClaimAnswer {
    const { data } = this;
    this.#forget(now);
    const known = data.leads.find(({ key, closed }) => key === claim.key && !closed);
    if (known) return { decision: 'lead', near: this.#kinOf(known) };
    const followed = data.leads.find(({ folded, closed }) => !closed && folded.some(({ key }) => key === claim.key));
    if (followed) return { decision: 'fold', into: kin(followed, memberOf(followed, claim.key)?.because ?? '') };
    data.claims++;
    const compared = this.#compare(claim);
    const same = compared.find(({ lead, is }) => is.is === 'same' && !lead.closed && lead.repo !== undefined);
    if (same) {
      this.#decided(claim);
      data.folded++;
      this.#follow(same.lead, { ...claim, because: same.is.is === 'same' ? same.is.because : '' });
      return { decision: 'fold', into: kin(same.lead, same.is.is === 'same' ? same.is.because : '') };
    }
    const near = compared.slice(0, NEAR).map(({ lead, is }) => kin(lead, nearBecause(lead, is)));
    if (!claim.mayLead) return { decision: 'none', near };
    this.#decided(claim);
    if (near.length > 0) data.near++;
    if (compared.some(({ is }) => 'because' in is && is.because === TOLD_APART)) useApart(data);
    this.#lead(claim, near, now);
    return { decision: 'lead', near };
  }

  /** The work of an item is over: what comes now about the same fault is new work, and told of it. */
  close(key: string, because: string, now: number): void {
    const lead = this.data.leads.find((one) => one.key === key && !one.closed);
    if (lead) lead.closed = { at: new Date(now).toISOString(), because };
  }

  /** False: it follows nobody. It is never folded into the same one again, nor are the same words. */
  split(key: string): boolean {
    const lead = this.data.leads.find(({ folded }) => folded.some((member) => member.key === key));
    const member = lead && memberOf(lead, key);
    if (!lead || !member) return false;
    lead.folded = lead.folded.filter((one) => one !== member);
    this.data.apart = [
      ...this.data.apart,
      [key, lead.key] as const,
      [member.terms, lead.signature.terms] as const,
    ].slice(-APART);
    this.data.corrections = { ...this.data.corrections, split: this.data.corrections.split + 1 };
    countCorrection(this.data, key, true);
    return true;
  }

  /** Undefined: nobody leads `into`. What followed the one follows the other now. */
  merge(claim: Claim, into: string): Kin | undefined {
    const { data } = this;
    const lead = data.leads.find(({ key, closed }) => key === into && !closed);
    if (!lead || claim.key === into) return undefined;
    const own = data.leads.find(({ key, closed }) => key === claim.key && !closed);
    const because = 'a person said so';
    for (const member of own?.folded ?? []) this.#follow(lead, { ...member, because });
    data.leads = data.leads.filter((one) => one !== own);
    data.apart = data.apart.filter(([one, other]) => !(one === claim.key && other === into));
    if (!memberOf(lead, claim.key)) this.#follow(lead, { ...claim, because });
    data.corrections = { ...data.corrections, merge: data.corrections.merge + 1 };
    countCorrection(data, claim.key, false);
    return kin(lead, because);
  }

  moved(key: string, now: number): void {
    countCorrection(this.data, key, this.#isDecided(key));
    this.close(key, 'moved to another repository', now);
    this.data.corrections = { ...this.data.corrections, move: this.data.corrections.move + 1 };
  }

  lead(key: string): Lead | undefined {
    return this.data.leads.find((one) => one.key === key && !one.closed);
  }

  status(): DedupeStatus {
    const { leads, claims, folded, near, forgotten, corrections } = this.data;
    const open = leads.filter(({ closed }) => !closed);
    return {
      ...countsView(this.data),
      open: open.reverse().map(viewOf),
      ...{ closed: leads.length - open.length, claims, folded, near, corrections, forgotten },
    };
  }

  /** Whose lead has ended claims again: that is the same decision still. */
  #decided(claim: Claim): void {
    const before = this.data.leads.some(({ closed, folded }) => closed && folded.some(({ key }) => key === claim.key));
    if (!before) countDecision(this.data, claim);
  }

  #isDecided(key: string): boolean {
    return this.data.leads.some((lead) => !lead.closed && (lead.key === key || memberOf(lead, key) !== undefined));
  }

  /** Those that it is like, the likest first; open ones before those whose work is over. */
  #compare(claim: Claim): { readonly lead: Lead; readonly is: Likeness }[] {
    const known = new Map<string | undefined, Frequencies>();
    const inRepo = (repo: string | undefined) => {
      const found = known.get(repo) ?? this.#frequencies(repo);
      known.set(repo, found);
      return found;
    };
    return this.data.leads
      .filter(({ key }) => key !== claim.key)
      .map((lead) => ({ lead, is: this.#judge(claim, lead, inRepo(lead.repo)) }))
      .filter(({ is }) => is.is !== 'other')
      .sort((one, other) => rank(other) - rank(one));
  }

  #judge(claim: Claim, lead: Lead, known: Frequencies): Likeness {
    const is = likeness(claim.signature, lead.signature, known);
    if (is.is !== 'same') return claim.repo === lead.repo || is.score === 0 ? is : { is: 'other', score: is.score };
    if (this.#toldApart(claim, lead)) return { is: 'near', because: TOLD_APART, score: is.score };
    // By words alone nothing is folded into the work of another repository, nor where the repository is not known.
    if (claim.repo === lead.repo || (claim.repo === undefined && is.sure)) return is;
    return is.sure
      ? { is: 'near', because: `${is.because}, but in repository ${lead.repo}`, score: 1 }
      : { is: 'other', score: is.score };
  }

  #toldApart({ key, signature }: Claim, lead: Lead): boolean {
    const is = ([one, other]: readonly [string, string], mine: string, theirs: string) =>
      (one === mine && other === theirs) || (one === theirs && other === mine);
    return this.data.apart.some((pair) => is(pair, key, lead.key) || is(pair, signature.terms, lead.signature.terms));
  }

  #frequencies(repo: string | undefined): Frequencies {
    return frequencies(this.data.leads.filter((lead) => lead.repo === repo).map(({ signature }) => signature.terms));
  }

  #lead({ mayLead: _mayLead, ...claim }: Claim, near: readonly Kin[], now: number): void {
    // Its earlier work is over; it has one entry.
    this.data.leads = this.data.leads.filter(({ key }) => key !== claim.key);
    this.data.leads.push({
      ...claim,
      ...{ since: new Date(now).toISOString(), folded: [], more: 0 },
      near: near.map(({ key, because }) => ({ key, because })),
    });
  }

  #follow(lead: Lead, { key, title, because, ...rest }: Omit<Member, 'terms'> & (Claim | Member)): void {
    const terms = 'terms' in rest ? rest.terms : rest.signature.terms;
    // One entry per item: what led before follows now.
    this.data.leads = this.data.leads.filter((one) => one.key !== key);
    for (const one of this.data.leads) {
      if (one !== lead) one.folded = one.folded.filter((member) => member.key !== key);
    }
    if (lead.folded.length < MEMBERS) lead.folded.push({ key, title, because, terms });
    else lead.more++;
  }

  #kinOf({ near }: Lead): Kin[] {
    return near.flatMap(({ key, because }) => {
      const lead = this.data.leads.find((one) => one.key === key);
      return lead ? [kin(lead, because)] : [];
    });
  }

  /** What is over for longer than the window; beyond the bound what is over, then the oldest. */
  #forget(now: number): void {
    const { data } = this;
    data.leads = data.leads.filter(({ closed }) => !closed || now - Date.parse(closed.at) < this.#windowMs);
    while (data.leads.length >= HELD) {
      const over = data.leads.findIndex(({ closed }) => closed);
      if (over < 0) data.forgotten++;
      data.leads.splice(Math.max(0, over), 1);
    }
  }
}

function rank({ lead, is }: { readonly lead: Lead; readonly is: Likeness }): number {
  return is.score + (is.is === 'same' ? 10 : 0) + (lead.closed ? 0 : 1);
}

function nearBecause({ closed }: Lead, is: Likeness): string {
  const because = 'because' in is ? is.because : '';
  return closed ? `${because}; its work is over: ${closed.because}`.slice(0, 400) : because;
}

function memberOf({ folded }: Lead, key: string): Member | undefined {
  return folded.find((member) => member.key === key);
}

function kin({ key, triage, item, source, title, closed }: Lead, because: string): Kin {
  return { key, triage, item, source, title, because, ...(closed && { closed: closed.because }) };
}

function viewOf({ key, item, title, repo, since, folded, near }: Lead): LeadView {
  return {
    ...{ key, item, title, since, near },
    ...(repo !== undefined && { repo }),
    folded: folded.map(({ terms: _terms, ...member }) => member),
  };
}
