import { z } from 'zod';
import { BlobRef } from './blob-ref.js';
import { RiskLevel } from './blueprint.js';
import { Actor } from './signal.js';
import { Source } from './source.js';

export const ItemSource = z.strictObject({
  kind: Source,
  /** The item's own id at the source, for write-back. */
  id: z.string(),
  url: z.string().optional(),
  reporterAt: Source.optional().describe("Where the reporter's id is from, if it is not this source"),
  session: z.string().optional().describe('Agent session that speaks for the work, where the tracker has them'),
});
export type ItemSource = Readonly<z.infer<typeof ItemSource>>;

/** Business key that people know, for example `ENG-101`. */
const ItemKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

/** Another item that tells of the same work: what is written back goes there too. */
export const FoldedSource = ItemSource.extend({
  item: ItemKey.describe('Its own key at that source'),
  whole: z.boolean().optional().describe('The work is a part of it only: it is told, and its state is left alone'),
});
export type FoldedSource = Readonly<z.infer<typeof FoldedSource>>;

/** A picture that was attached to the item, as bytes that are kept. */
export const Attachment = z.strictObject({ name: z.string().max(200), blob: BlobRef });
export type Attachment = Readonly<z.infer<typeof Attachment>>;

/** An item as its source has it now; text from outside, without authority. */
export const SourceItem = z.strictObject({
  key: ItemKey,
  source: ItemSource,
  title: z.string(),
  text: z.string(),
  labels: z.array(z.string()),
  team: z.string().optional(),
  project: z.string().optional(),
  repo: z.string().optional(),
  reporter: Actor.optional(),
  attachments: z.array(Attachment).optional(),
  comments: z.array(z.strictObject({ id: z.string(), text: z.string(), author: Actor.optional(), ours: z.boolean() })),
});
export type SourceItem = Readonly<z.infer<typeof SourceItem>>;

/** What triage makes of one or many signals. */
export const WorkItem = z.strictObject({
  key: ItemKey,
  source: ItemSource,
  alsoFrom: z.array(FoldedSource).optional().describe('Folded into it before its mission began'),
  incident: z.string().optional().describe('Id of the incident workflow that asks for it'),
  title: z.string().min(1),
  problem: z.string().min(1),
  expected: z.string().min(1),
  acceptance: z.array(z.string().min(1)).min(1),
  repo: z.string().min(1),
  team: z.string().optional().describe('Key of the team at the source that it belongs to'),
  type: z.enum(['bug', 'feature', 'chore']),
  severity: z.enum(['low', 'normal', 'high', 'urgent']),
  risk: RiskLevel,
  reporter: Actor.optional(),
  attachments: z.array(Attachment).optional().describe('Pictures: designs, screenshots'),
  routedBecause: z.string(),
  ratedBecause: z.string().optional().describe('Why its severity or risk is not what rules alone say'),
  repos: z.array(z.string().min(1)).min(2).max(10).optional().describe('All of them, in their order, if several'),
  inSet: z
    .strictObject({ workflow: z.string(), repos: z.array(z.string().min(1)).min(1) })
    .optional()
    .describe('It is the part of an item with several repos that is in one of them'),
  interactive: z.boolean().optional().describe('A person at a terminal prompts it, task by task'),
});
export type WorkItem = Readonly<z.infer<typeof WorkItem>>;

/** What is missing from an item, as questions that its reporter can answer. */
export interface MissingField {
  readonly field: 'problem' | 'expected' | 'acceptance' | 'repo' | 'more';
  readonly question: string;
}
