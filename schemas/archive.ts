import { z } from 'zod';
import { Sha256 } from './agent.js';
import { Signal } from './signal.js';

// The archive: one entry per run of a mission, each a directory that names the one before by its hash.

const Execution = z.strictObject({ workflowId: z.string(), runId: z.string() });

/** What a file of an entry must hold. */
const ArchivedFile = z.strictObject({
  /** From the entry's directory, with `/`; never leads out of it. */
  name: z.string().regex(/^(?!.*\.\.)[A-Za-z0-9%_-][A-Za-z0-9%_.-]*(\/[A-Za-z0-9%_-][A-Za-z0-9%_.-]*)?$/),
  sha256: Sha256,
  bytes: z.number().int().nonnegative(),
});

export const ArchiveManifest = z.strictObject({
  version: z.literal(1),
  /** The same characters as everywhere: it names a directory. */
  item: Signal.shape.subject,
  ...Execution.shape,
  /** First run of the mission: equal in the entries of one mission that continued as new. */
  first: z.string(),
  /** From 1, over all missions on the item. */
  seq: z.number().int().positive(),
  /** SHA-256 of the manifest of the entry before; null in the first. */
  previous: Sha256.nullable(),
  /** ISO 8601. */
  createdAt: z.string(),
  /** The run, then what it started. */
  histories: z.array(z.strictObject({ ...Execution.shape, type: z.string(), file: z.string() })),
  /** Named but not to be had when the entry was made. */
  missing: z.strictObject({ histories: z.array(Execution), blobs: z.array(Sha256) }),
  /** Commits and trees that the histories name; their content is in the repository. */
  commits: z.array(z.string()),
  files: z.array(ArchivedFile),
});
export type ArchiveManifest = Readonly<z.infer<typeof ArchiveManifest>>;
