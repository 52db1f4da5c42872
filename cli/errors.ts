import { RefusedInput } from '../schemas/parse.js';
import { safeLines } from './output.js';

// The one place that turns what went wrong into what a person reads.

/** A refusal that a command words itself. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export async function explain(error: unknown): Promise<string> {
  if (error instanceof Refusal || error instanceof RefusedInput) return safeLines(error.message);
  if (!(error instanceof Error)) return safeLines(String(error));
  return safeLines((await explainTemporal(error)) ?? plain(error));
}

/** Kind of workflow -> the command that lists it. */
const LISTS: Readonly<Record<string, string>> = { triage: 'triage ls', incident: 'incident ls', approval: 'status' };

async function explainTemporal(error: Error): Promise<string | undefined> {
  const temporal = await import('@temporalio/client');
  if (error instanceof temporal.WorkflowNotFoundError) {
    const [kind = 'workflow', ...rest] = error.workflowId.split('/');
    return `there is no ${kind} ${rest.join('/')}, or it has ended; \`signalbox ${LISTS[kind] ?? 'ls'}\` shows what there is`;
  }
  if (error instanceof temporal.WorkflowUpdateFailedError) {
    return `refused: ${error.cause?.message ?? error.message}`;
  }
  if (error instanceof temporal.QueryNotRegisteredError) {
    return `the running workers do not know this question (${error.message}); restart them with this version`;
  }
  const status = error instanceof temporal.ServiceError ? error.cause : error;
  if (!temporal.isGrpcServiceError(status)) return undefined;
  // The numbers are those of gRPC: deadline exceeded, failed precondition, unavailable.
  if (status.code === 14) return `the Temporal server is gone (${status.details}); start one with \`signalbox dev\``;
  if (status.code === 4 || status.code === 9) {
    return `no worker answered (${status.details}); start one with \`signalbox worker\` or \`signalbox dev\``;
  }
  return status.details || status.message;
}

function plain(error: Error): string {
  const ours = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return ours ? (error.stack ?? error.message) : error.message;
}
