// What a mission and the merge queue of its repo say to each other. Pure and without zod: workflows use it too.

/** Names of the messages that an activity sends. */
export const TURN_WANTED = 'turnWanted';
export const MERGE_QUEUE = 'mergeQueue';

export interface TurnWanted {
  /** Workflow id of who wants to merge. */
  readonly holder: string;
  /** First run of its chain: a later mission on the same item is another one. */
  readonly firstRunId: string;
  /** Equal keys are one wish, however often it is sent. */
  readonly key: string;
  readonly item: string;
  /** Lower comes first; equal ones go by their arrival. */
  readonly priority: number;
}
