import {
  Client,
  type ClientPlugin,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { EncryptionSettings } from '../../schemas/encryption.js';
import { createDataConverter } from './codec/data-converter.js';

// The client's side of Temporal: for the gateway and the CLI.

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** What `@temporalio/envconfig` made of the environment. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** Without it nothing is encrypted, and what is can't be read. */
  readonly encryption?: EncryptionSettings;
}

export interface Temporal {
  readonly client: Client;
  /** Throws an error that says what to do, unless the server knows our namespace and answers in time. */
  ping(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Short and even waits. The SDK's own grow to 5 s and are not cut short at a call's deadline: an answer would come
 * seconds late, and a connection that is closed during such a wait takes the process with it.
 */
const RETRIES = makeGrpcRetryInterceptor(
  defaultGrpcRetryOptions({ factor: 1, initialIntervalMs: () => 100, maxAttempts: 50 }),
);

/** By default the wait between attempts to reconnect grows to two minutes, and calls fail meanwhile. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 };

/** Opens nothing yet: the first call connects, and a server that comes later is found then. */
export function connect(settings: TemporalSettings, plugins: ClientPlugin[] = []): Temporal {
  const { address, namespace, connection: options, encryption } = settings;
  const given = options as ConnectionOptions;
  const connection = Connection.lazy({
    ...given,
    channelArgs: { ...RECONNECT, ...given.channelArgs },
    interceptors: [RETRIES],
  });
  const client = new Client({ connection, namespace, plugins, dataConverter: createDataConverter(encryption) });
  const ping = async (withinMs: number) => {
    try {
      await client.withDeadline(Date.now() + withinMs, () => client.workflowService.describeNamespace({ namespace }));
    } catch (error) {
      throw isUnavailable(error) ? temporalAway(address, error) : error;
    }
  };
  return { client, ping, close: () => connection.close() };
}

/** Payloads that a raw answer of the server holds, as they were before the client's or the worker's codecs. */
export async function decodedPayloads(client: Client, payloads: readonly Payload[]): Promise<Payload[]> {
  let decoded = [...payloads];
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    decoded = await codec.decode(decoded);
  return decoded;
}

/** What people are told when nothing answers. */
export function temporalAway(address: string, cause: unknown): Error {
  return new Error(
    `Temporal does not answer at ${address}: start it there, or set TEMPORAL_ADDRESS to where a Temporal server is`,
    { cause },
  );
}

/** gRPC: cancelled, deadline exceeded, resource exhausted, aborted, unavailable. */
const PASSING = new Set([1, 4, 8, 10, 14]);

/** Of gRPC. */
const NOT_FOUND = 5;

/** True when the server knows of no such workflow or run. */
export function isNotFound(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  for (let at = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code === NOT_FOUND;
  return false;
}

/** True when the same call may well succeed later: Temporal is away, starting, or overloaded. */
export function isUnavailable(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (isGrpcServiceError(at)) return PASSING.has(at.code);
  }
  return false;
}
