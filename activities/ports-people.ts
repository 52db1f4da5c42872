import type { ApprovalRecord } from '../schemas/approval-record.js';
import type { PeopleFile } from '../schemas/people.js';

// Who people are, as the installation knows it at this moment.

export interface KnownPeople extends PeopleFile {
  /** Made for the user of this machine because nobody wrote a people.yaml: people can't be told apart by it. */
  readonly local: boolean;
}

export interface People {
  /** Read anew each time. Throws `RefusedInput` that says what is wrong with it. */
  read(): Promise<KnownPeople>;
}

export interface OnCall {
  /** Keys of the persons who are on call in this rotation; empty: nobody. Throws `RefusedInput` for an unknown one. */
  who(rotation: string, at: Date, people: PeopleFile): Promise<readonly string[]>;
}

/** The public half of the gateway's key. */
export interface AnswerKeys {
  /** Throws `RefusedInput` when no key is configured. */
  isSigned(record: ApprovalRecord): Promise<boolean>;
}

/** Answers that have counted, for good. */
export interface UsedAnswers {
  /** False: somebody else has used it. The same user may ask again. */
  use(record: ApprovalRecord, by: string): Promise<boolean>;
}
