import { z } from 'zod';

/** A figure that is watched: a PromQL query that gives one number, and when that number is a breach. */
export const KpiSettings = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'expected letters, digits, dots and dashes'),
    means: z.string().min(1).max(300).describe('What the figure says, for the people who read about a breach'),
    query: z.string().min(1).max(5_000).describe('PromQL that gives one number'),
    above: z.number().optional().describe('A breach is a value over this'),
    below: z.number().optional().describe('A breach is a value under this'),
    clearsAt: z
      .number()
      .optional()
      .describe('Over only when the value is back at this or better; by default where the breach begins'),
    samples: z.int().min(1).max(1_000).default(3).describe('So many samples in a row make a breach, and its end'),
    every: z
      .string()
      .regex(/^\d+[smh]$/, 'expected a duration such as 30s, 5m or 1h')
      .default('1m'),
    severity: z.enum(['low', 'normal', 'high', 'urgent']).default('high'),
    repo: z.string().min(1).max(200).optional().describe('Where a mission about a breach works'),
  })
  .superRefine(({ above, below, clearsAt }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if ((above === undefined) === (below === undefined)) refuse('expected one of `above` and `below`');
    if (clearsAt === undefined) return;
    if (above !== undefined && clearsAt > above) refuse('clearsAt: expected at most `above`');
    if (below !== undefined && clearsAt < below) refuse('clearsAt: expected at least `below`');
  });
export type KpiSettings = Readonly<z.infer<typeof KpiSettings>>;
