import { z } from 'zod';

/** A content address: the claim check that workflows carry instead of bytes. */
export const BlobRef = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal characters'),
  bytes: z.number().int().nonnegative(),
  mediaType: z.string(),
});
export type BlobRef = Readonly<z.infer<typeof BlobRef>>;
