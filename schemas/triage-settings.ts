import { z } from 'zod';
import { Group } from './people.js';

// `triage` of the configuration, where it is more than a figure.

/** Who is told of an item about which nobody has decided, before the 24 hours are over. */
export const TriageEscalation = z.strictObject({
  after: z
    .union([
      z.literal('never'),
      z.string().regex(/^[1-9]\d*(m|h)$/, 'expected a duration such as 90m or 22h, or never'),
    ])
    .default('22h')
    .describe('Since its first signal; from one hour on'),
  to: Group.omit({ codeowners: true })
    .default({})
    .describe('Who is named; whoever is on call is looked up at that moment'),
  channel: z
    .string()
    .regex(/^[CG][A-Z0-9]{2,30}$/, 'expected an id as C0123ABCD: names of channels change')
    .optional()
    .describe('In Slack; by default the channel that is told of every repository'),
});
export type TriageEscalation = Readonly<z.infer<typeof TriageEscalation>>;

/** Items that are left alone, told once, because somebody has written down that they are no work of ours. */
export const DeclineRule = z
  .strictObject({
    team: z.string().min(1).optional(),
    project: z.string().min(1).optional(),
    label: z.string().min(1).optional(),
    because: z.string().min(1).max(300).optional().describe('Told to whoever asked'),
  })
  .refine(({ team, project, label }) => (team ?? project ?? label) !== undefined, 'expected a team, project or label');
export type DeclineRule = Readonly<z.infer<typeof DeclineRule>>;

/** Whether models are asked where rules end; they are only if this installation has any. */
export const TriageModels = z.strictObject({
  triager: z.boolean().default(true).describe('What an item is that rules leave open; never what happens to it'),
  analyst: z.boolean().default(true).describe('What may have caused an incident'),
  usdPerItem: z.number().positive().max(10).default(0.2).describe('What opinions on one item may cost, in US dollars'),
  usdPerIncident: z.number().positive().max(50).default(1).describe('What the analysis of one incident may cost'),
});
export type TriageModels = Readonly<z.infer<typeof TriageModels>>;
