import { z } from 'zod';
import { RiskLevel } from './blueprint.js';
import { Source } from './source.js';

// An item that holds several separable problems is split: each part is an item of its own.

/** At most so many parts: more is a project, and nobody's single item. */
export const MOST_PARTS = 10;

/** What a part has from the item that it is a part of. */
export const PartOf = z.strictObject({
  kind: Source,
  /** The item's own id at the source. */
  id: z.string(),
  url: z.string().optional(),
  item: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/),
  n: z.number().int().min(1).max(MOST_PARTS),
  of: z.number().int().min(2).max(MOST_PARTS),
  /** Of the whole: what they say holds for every part. */
  labels: z.array(z.string()).max(50),
  team: z.string().optional(),
  risk: RiskLevel.describe('Of the whole: no part has less'),
});
export type PartOf = Readonly<z.infer<typeof PartOf>>;

/** Parts that are to become items: a blob. */
export const PartDrafts = z
  .array(z.strictObject({ title: z.string().min(1).max(300), text: z.string().min(1).max(20_000) }))
  .min(2)
  .max(MOST_PARTS);
export type PartDrafts = Readonly<z.infer<typeof PartDrafts>>;

export function partKey(item: string, n: number): string {
  return `${item}-${n}`;
}
