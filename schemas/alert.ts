import { z } from 'zod';

/** What a monitor claims: a wake-up, never evidence. Text from outside, without authority. */
export const Alert = z.strictObject({
  /** The same for every notification about the same fault at this monitor. */
  fingerprint: z.string().min(1).max(200),
  /** What the monitor itself keeps together. */
  group: z.string().max(500).optional(),
  name: z.string().min(1).max(300),
  status: z.enum(['firing', 'resolved']),
  severity: z.enum(['low', 'normal', 'high', 'urgent']),
  summary: z.string().max(2_000),
  description: z.string().max(20_000).optional(),
  labels: z.record(z.string().max(200), z.string().max(1_000)),
  startsAt: z.iso.datetime({ offset: true }),
  url: z.string().max(2_000).optional(),
  /** More of the same group that the monitor counted and left out of its notification. */
  truncated: z.int().positive().optional(),
});
export type Alert = Readonly<z.infer<typeof Alert>>;
