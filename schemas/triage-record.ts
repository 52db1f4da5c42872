import { z } from 'zod';
import { Actor } from './signal.js';

// What became of items in triage, and what people have corrected: counted, and used as examples.

const SignatureShape = z.strictObject({
  keys: z.array(z.string()).readonly(),
  traces: z.array(z.string()).readonly(),
  errors: z.array(z.string()).readonly(),
  mentions: z.array(z.string()).readonly(),
  unlike: z.array(z.string()).readonly(),
  contrasts: z.array(z.string()).readonly(),
  terms: z.string(),
});

const Corrected = z.strictObject({
  /** `<source>/<item>`. */
  key: z.string(),
  item: z.string(),
  title: z.string(),
  by: Actor,
  text: z.string(),
  signature: SignatureShape,
});

export const TriageRecord = z.discriminatedUnion('kind', [
  Corrected.extend({ kind: z.literal('split'), other: z.string().optional() }),
  Corrected.extend({ kind: z.literal('merge'), other: z.string() }),
  Corrected.extend({ kind: z.literal('move'), repo: z.string() }),
  z.strictObject({
    kind: z.literal('triaged'),
    key: z.string(),
    source: z.string(),
    /** Of this triage: told twice, it counts once. */
    execution: z.string(),
    decision: z.enum(['mission', 'folded', 'ignored']),
    repo: z.string().optional(),
    because: z.string(),
    /** ISO 8601. */
    receivedAt: z.string(),
    ms: z.number().nonnegative(),
    /** It took longer than promised. */
    late: z.boolean(),
  }),
]);
export type TriageRecord = Readonly<z.infer<typeof TriageRecord>>;
