import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type ConnectionOptions, isGrpcServiceError } from '@temporalio/client';

// The client's side of Temporal: for the gateway and the CLI.

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** What `@temporalio/envconfig` made of the environment. */
  readonly connection: Readonly<Record<string, unknown>>;
}

export interface Temporal {
  readonly client: Client;
  /** Throws an error that says what to do, unless the server knows our namespace and answers in time. */
  ping(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens nothing yet: the first call connects, and a server that comes later is found then. */
export function connect({ address, namespace, connection: options }: TemporalSettings): Temporal {
  const connection = Connection.lazy(options as ConnectionOptions);
  const client = new Client({ connection, namespace });
  const ping = async (withinMs: number) => {
    try {
      await within(client, withinMs, () => client.workflowService.describeNamespace({ namespace }));
    } catch (error) {
      throw isUnavailable(error) ? temporalAway(address, error) : error;
    }
  };
  return { client, ping, close: () => connection.close() };
}

/** The deadline of gRPC alone is not kept: the SDK's waits between its attempts can go seconds beyond it. */
export async function within<T>(client: Client, ms: number, call: () => Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Unanswered(`Temporal did not answer within ${ms} ms`);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + ms, call), late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

class Unanswered extends Error {
  override readonly name = 'Unanswered';
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

/** True when the same call may well succeed later: Temporal is away, starting, or overloaded. */
export function isUnavailable(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (at instanceof Unanswered) return true;
    if (isGrpcServiceError(at)) return PASSING.has(at.code);
  }
  return false;
}
