import { createHash } from 'node:crypto';
import { z } from 'zod';

// Gitea names the commit where the tree should be, so the id of a tree is made from what it lists: git's own way.

const Entry = z.object({ path: z.string(), mode: z.string(), sha: z.string().regex(/^[0-9a-f]{40}$/) });
export type Entry = z.infer<typeof Entry>;

export const TreePage = z.object({ tree: z.array(Entry).nullable(), total_count: z.number() });

/** `entries` in git's order, as Gitea lists them. */
export function treeId(entries: readonly Entry[]): string {
  const content = Buffer.concat(
    entries.flatMap(({ path, mode, sha }) => [
      Buffer.from(`${mode.replace(/^0/, '')} ${path}\0`),
      Buffer.from(sha, 'hex'),
    ]),
  );
  return createHash('sha1').update(`tree ${content.length}\0`).update(content).digest('hex');
}
