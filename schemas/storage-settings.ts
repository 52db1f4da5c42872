import { z } from 'zod';

/** `storage` of the configuration file: where that is kept which all machines of an installation must see. */
export const StorageSection = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('files') }),
  z.strictObject({
    kind: z.literal('s3'),
    bucket: z.string().min(3).max(63),
    prefix: z
      .string()
      .regex(/^([A-Za-z0-9._-]+\/)*$/, 'expected nothing, or parts that each end in a slash')
      .default('')
      .describe('Before every key, for example `production/`: several installations can share a bucket'),
    region: z.string().min(1).default('us-east-1'),
    endpoint: z.url().optional().describe('Of a server other than AWS'),
    pathStyle: z.boolean().default(false).describe('The bucket in the path and not in the host name'),
  }),
]);
type StorageSection = z.infer<typeof StorageSection>;

/** Undefined: those that the AWS SDK finds by itself, as the role of the machine. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export type S3Settings = Readonly<Extract<StorageSection, { kind: 's3' }>> & {
  readonly credentials?: S3Credentials;
};
export type StorageSettings = { readonly kind: 'files' } | S3Settings;

/** The section with the credentials from the environment, where it names some. */
export function storageSettings(
  section: StorageSection,
  secret: (name: string) => string | undefined,
): StorageSettings {
  if (section.kind === 'files') return section;
  const [accessKeyId, secretAccessKey] = [secret('AWS_ACCESS_KEY_ID'), secret('AWS_SECRET_ACCESS_KEY')];
  if (accessKeyId === undefined || secretAccessKey === undefined) return section;
  const sessionToken = secret('AWS_SESSION_TOKEN');
  return { ...section, credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } };
}
