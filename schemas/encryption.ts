import { z } from 'zod';

// `encryption` of the configuration file: which keys there are. The keys themselves are in files or at a KMS.

const KeyId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected at most 64 letters, digits, dots and dashes')
  .describe('Stands beside every payload that it encrypts: never give it to another key');

/** A data key that is kept wrapped: only the KMS can unwrap it, for whoever the customer lets. */
const KmsKey = z.strictObject({
  key: z.string().min(1).describe('Id, alias or ARN of the key at AWS KMS that wraps the data key'),
  wrapped: z.string().min(1).describe('File with the wrapped data key, as `signalbox encryption new-key` writes it'),
  region: z.string().min(1),
  endpoint: z.url().optional().describe('Address of the KMS where it is not the one of the region'),
});
export type KmsKey = Readonly<z.infer<typeof KmsKey>>;

const EncryptionKey = z.union(
  [
    z.strictObject({ id: KeyId, file: z.string().min(1).describe('32 bytes as base64 or hex, mode 600') }),
    z.strictObject({ id: KeyId, kms: KmsKey }),
  ],
  { error: 'expected an id with either `file` or `kms`: see docs/encryption.md' },
);
export type EncryptionKey = Readonly<z.infer<typeof EncryptionKey>>;

export const EncryptionSection = z
  .strictObject({
    current: KeyId.optional().describe('The key that encrypts; without it nothing is encrypted, but read it is'),
    keys: z.array(EncryptionKey).default([]).describe('All that can decrypt, old ones too'),
  })
  .superRefine(({ current, keys }, context) => {
    const ids = keys.map(({ id }) => id);
    if (new Set(ids).size < ids.length) {
      context.addIssue({ code: 'custom', path: ['keys'], message: 'two keys have the same id' });
    }
    if (current !== undefined && !ids.includes(current)) {
      context.addIssue({
        code: 'custom',
        path: ['current'],
        message: `there is no key ${current} under encryption.keys`,
      });
    }
  });
export type EncryptionSettings = Readonly<z.infer<typeof EncryptionSection>>;

/** Of payloads, beside `encoding`: which key they were encrypted with. */
export const KEY_ID_METADATA = 'encryption-key-id';
