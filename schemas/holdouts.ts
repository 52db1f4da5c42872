import { z } from 'zod';
import { BlobRef } from './blob-ref.js';
import { Gate } from './blueprint.js';

// Scenarios that the operator keeps from everybody who works on the code. What leaves this step is numbers.

/** Where the files of a scenario are for the time of one run, from the root of the workspace. */
export const HOLDOUT_DIRECTORY = '.signalbox-holdout';

/** `holdouts.yaml` in the directory that the installation names for a repo. */
export const HoldoutFile = z.strictObject({
  scenarios: z
    .array(
      z.strictObject({
        name: Gate.shape.name,
        command: Gate.shape.command,
        in: Gate.shape.in,
        timeout: Gate.shape.timeout,
        report: Gate.shape.report,
        files: z
          .string()
          .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'expected a path beside the file')
          .optional()
          .describe(`Directory beside this file; its content is in ${HOLDOUT_DIRECTORY} during a run`),
      }),
    )
    .min(1)
    .max(50),
});

/** Counts only, in the order of the scenarios: nothing here tells what a scenario is about. */
const Count = z.strictObject({ satisfied: z.number().int().nonnegative(), runs: z.number().int().nonnegative() });
export type Count = Readonly<z.infer<typeof Count>>;

/** The runs that are over, so that a retry does not repeat them. Bound to what was run on what. */
export const HoldoutProgress = z.strictObject({
  key: z.string(),
  counts: z.array(Count),
  /** What the first unsatisfied runs said, as addresses of blobs. */
  logs: z.array(BlobRef.shape.sha256),
});
export type HoldoutProgress = Readonly<z.infer<typeof HoldoutProgress>>;

export const HoldoutResult = z.strictObject({
  satisfied: z.number().int().nonnegative(),
  runs: z.number().int().nonnegative(),
  /** Of the Wilson interval at the confidence asked for. */
  lower: z.number(),
  perScenario: z.array(Count),
  /** Names, and what the first unsatisfied runs said: for people. Absent when nothing was run. */
  log: BlobRef.optional(),
});
export type HoldoutResult = Readonly<z.infer<typeof HoldoutResult>>;
