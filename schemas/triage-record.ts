import { z } from 'zod';
import { Actor } from './signal.js';

// What people have corrected in triage: counted, and used as examples.

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
]);
export type TriageRecord = Readonly<z.infer<typeof TriageRecord>>;
