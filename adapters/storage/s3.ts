import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { ApplicationFailure } from '@temporalio/common';
import { TRANSIENT_FAILURES } from '../../schemas/failures.js';
import type { S3Settings } from '../../schemas/storage-settings.js';
import type { ObjectStore } from './object-store.js';

/** With the waits between them about ten seconds; what lasts longer is for the retries of the activity. */
const ATTEMPTS = 5;
const CONNECT_MS = 3_000;
/** For 256 MiB, the largest that is stored, at 5 MiB/s. */
const REQUEST_MS = 60_000;
const ABSENT = ['NoSuchKey', 'NotFound'];
const TAKEN = 412;
/** Another conditional write of this key is under way: nobody knows yet who wins. */
const CONFLICT = 409;

/**
 * Objects in a bucket. Whoever reads compares them with the SHA-256 that was stored beside them, so a server that keeps
 * no checksums is one too. Throws `VendorUnavailable` for everything that went wrong.
 */
export function createS3Store(settings: S3Settings): ObjectStore {
  const { bucket, prefix } = settings;
  const client = new S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    maxAttempts: ATTEMPTS,
    // Compared here, with any server.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    ...(settings.credentials && { credentials: { ...settings.credentials } }),
  });
  const location = (key: string) => `s3://${bucket}/${prefix}${key}`;
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${key}` });
  const attempt = async <Result>(doing: string, key: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      throw unavailable(`${doing} ${location(key)} failed: ${reason(error, settings)}`);
    }
  };
  const head = (key: string) =>
    attempt('looking for', key, () => unlessAbsent(client.send(new HeadObjectCommand(at(key)))));
  const write = (key: string, bytes: Buffer, onlyNew: boolean) => {
    const sha256 = createHash('sha256').update(bytes).digest();
    return client.send(
      new PutObjectCommand({
        ...at(key),
        Body: bytes,
        // The server compares what it got.
        ChecksumSHA256: sha256.toString('base64'),
        Metadata: { sha256: sha256.toString('hex') },
        ...(onlyNew && { IfNoneMatch: '*' }),
      }),
    );
  };
  return {
    location,
    size: async (key) => (await head(key))?.ContentLength,
    get: (key) =>
      attempt('reading', key, async () => {
        const found = await unlessAbsent(client.send(new GetObjectCommand(at(key))));
        if (!found?.Body) return undefined;
        const bytes = Buffer.from(await found.Body.transformToByteArray());
        if (digest(bytes) === found.Metadata?.sha256) return bytes;
        throw unavailable(`${location(key)} is damaged: its bytes don't match its checksum; restore it from a backup`);
      }),
    put: (key, bytes) =>
      attempt('writing', key, async () => {
        await write(key, bytes, false);
      }),
    create: (key, bytes) =>
      attempt('writing', key, async () => {
        try {
          await write(key, bytes, true);
          return true;
        } catch (error) {
          if (statusOf(error) !== TAKEN && statusOf(error) !== CONFLICT) throw error;
          const found = await head(key);
          if (!found) throw error;
          return found.Metadata?.sha256 === digest(bytes);
        }
      }),
    list: (start) =>
      attempt('listing', start, async () => {
        const keys: string[] = [];
        let next: string | undefined;
        do {
          const page = await client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${start}`, ContinuationToken: next }),
          );
          keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key ? [Key.slice(prefix.length)] : [])));
          next = page.NextContinuationToken;
        } while (next !== undefined);
        return keys.sort();
      }),
    remove: (key) =>
      attempt('removing', key, async () => {
        await client.send(new DeleteObjectCommand(at(key)));
      }),
  };
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

async function unlessAbsent<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    // Not every 404 is an absent object: a bucket or an account may be what is not there.
    if (!ABSENT.includes((error as Error).name)) throw error;
    return undefined;
  }
}

function reason(error: unknown, { bucket, endpoint, region }: S3Settings): string {
  const { name, message } = error as Error;
  const where = endpoint ?? `S3 in ${region}`;
  if (name === 'NoSuchBucket') return `there is no bucket ${bucket} at ${where}: make it, or mend \`storage.bucket\``;
  if (statusOf(error) === 403 || /Credentials|UserNotFound/.test(name)) {
    return `${where} refuses these credentials (${name}): mend AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or their rights`;
  }
  return `${where}: ${name}: ${message}`;
}

function unavailable(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}
