import { z } from 'zod';

/** A branch bound to a head commit, on its way into the base branch. */
export const Change = z.strictObject({
  repo: z.string(),
  branch: z.string(),
  baseBranch: z.string(),
  baseCommit: z.string(),
  head: z.string(),
  tree: z.string(),
});
export type Change = Readonly<z.infer<typeof Change>>;
