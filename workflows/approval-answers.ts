import type { AnswerVerdict } from '../activities/approvals.js';
import type { Approval, AskedBack, GivenApproval } from '../schemas/approval.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';

// What has been answered so far, and whether it is enough: plain data that continue-as-new carries, and the rules on it.

export type Closing = Pick<Approval, 'outcome' | 'reason' | 'by'>;

export interface AnswersData {
  readonly given: readonly GivenApproval[];
  readonly talk: readonly AskedBack[];
  /** To whom it was handed over last, in words. */
  readonly heldBy?: string;
}

type Counted = Extract<AnswerVerdict, { readonly person: unknown }>;

export class Answers {
  given: readonly GivenApproval[];
  talk: readonly AskedBack[];
  heldBy: string | undefined;
  closing: Closing | undefined;

  constructor(data?: AnswersData) {
    this.given = data?.given ?? [];
    this.talk = data?.talk ?? [];
    this.heldBy = data?.heldBy;
  }

  data(): AnswersData {
    const { given, talk, heldBy } = this;
    return { given, talk, ...(heldBy !== undefined && { heldBy }) };
  }

  /** Takes one that counts. Why not, when it can't be taken in: then nothing has changed. */
  take(record: ApprovalRecord, counted: Counted): string | undefined {
    const { decision, reason, to } = record;
    const { key, name } = counted.person;
    if (decision === 'reject') this.closing = { outcome: 'rejected', reason, by: { id: key, name } };
    if (decision === 'hand-over') this.heldBy = to && 'person' in to ? to.person : `team ${to?.team}`;
    if (decision === 'ask-back') {
      if (reason.trim() === '') return 'reason: expected what you ask';
      this.talk = [...this.talk, { by: name, text: reason, person: key }];
    }
    return decision === 'approve' ? this.#approve(record, counted) : undefined;
  }

  /** Where what was asked back last is shown. */
  showed(shown: NonNullable<AskedBack['shown']>): void {
    const last = this.talk.length - 1;
    this.talk = this.talk.map((one, index) => (index === last ? { ...one, shown } : one));
  }

  /** The oldest open question of those who decide. */
  openTalk(): AskedBack | undefined {
    return this.talk.find(({ reply }) => reply === undefined);
  }

  /** The answer to it. `heard`: id of the comment that it was. False: none is open. */
  reply(text: string, by: string, heard?: string): boolean {
    const open = this.openTalk();
    if (!open) return false;
    const replied = { ...open, reply: text, repliedBy: by, ...(heard !== undefined && { heard }) };
    this.talk = this.talk.map((one) => (one === open ? replied : one));
    return true;
  }

  #approve({ via, at, reason, signature }: ApprovalRecord, counted: Counted): string | undefined {
    const { person, rules, needed, gone } = counted;
    const before = this.given.filter((one) => !gone.includes(one.person));
    if (before.some((one) => one.person === person.key)) return `${person.name} has approved already`;
    this.given = [...before, { person: person.key, name: person.name, via, at, reason, rules: [...rules], signature }];
    const met = needed.every(({ rule, count }) => this.given.filter((one) => one.rules.includes(rule)).length >= count);
    if (met) this.closing = { outcome: 'approved', reason, by: { id: person.key, name: person.name } };
    return undefined;
  }
}
