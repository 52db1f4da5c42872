import { z } from 'zod';
import { lost } from './git.js';

// One object per tree or commit: a line that says what it stands on, and a git pack of what is new.

const Id = z.string().regex(/^[0-9a-f]{40}$/);

const BundleHeader = z.strictObject({
  version: z.literal(1),
  /** What must be there before the pack is unpacked. */
  needs: z.array(Id),
  /** Commits of the upstream below all of it, which the forge has. */
  grounds: z.array(Id),
  /** Bundles that stand on each other from here down to the upstream. */
  depth: z.number().int().nonnegative(),
  /** Of a commit that the forge has itself: a branch that it was the head of. */
  branch: z.string().optional(),
});
export type BundleHeader = Readonly<z.infer<typeof BundleHeader>>;

export interface Bundle {
  readonly header: BundleHeader;
  /** Empty when nothing is new. */
  readonly pack: Buffer;
}

const NEWLINE = 0x0a;

export function sealBundle({ header, pack }: Bundle): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), pack]);
}

export function openBundle(bytes: Buffer, where: string): Bundle {
  const end = bytes.indexOf(NEWLINE);
  try {
    const header = BundleHeader.parse(JSON.parse(bytes.subarray(0, end).toString()));
    return { header, pack: bytes.subarray(end + 1) };
  } catch (error) {
    throw lost(`${where} can't be read: ${error instanceof Error ? error.message : error}; restore it from a backup`);
  }
}
