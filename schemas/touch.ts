import { z } from 'zod';

/** The check that asks people, as `workflows/change-checks.ts` reports it. */
export const APPROVAL_CHECK = 'signalbox/approval';

/**
 * What happened at the forge on a branch or pull request of ours: a wake-up. What it is about is read again there, and
 * everything here is text from outside, without authority.
 */
export const Touch = z.strictObject({
  /** `<owner>/<repo>` at the forge. */
  project: z.string().min(1).max(300),
  /** As the forge calls it, for example `pull_request_review.submitted`. */
  event: z.string().min(1).max(100),
  branch: z.string().min(1).max(300).optional(),
  /** Of the pull request. */
  number: z.int().positive().optional(),
  /** Commit that it was about. */
  head: z.string().max(64).optional(),
  /** Of a check: its name, and the button that was clicked on it. */
  check: z.string().max(300).optional(),
  button: z.string().max(100).optional(),
  /** Of a command in a comment that stands for a button: the number of the question, and what else was said. */
  question: z.int().positive().optional(),
  reason: z.string().max(1_000).optional(),
});
export type Touch = Readonly<z.infer<typeof Touch>>;
