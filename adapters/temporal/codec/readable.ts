import type { Payload, PayloadCodec } from '@temporalio/common';
import { decode, type History, type RunHistory, type RunTree, visit } from '../../../schemas/history.js';
import { text } from './envelope.js';

// Histories come from the server as they are stored, encoded. Here they become what workflows and steps saw.

interface JsonPayload {
  metadata: Record<string, string>;
  data?: string;
}

interface EncodedFailure {
  message?: string;
  stackTrace?: string;
  readonly encodedAttributes: JsonPayload;
}

/** The runs with every payload decoded, and with the messages of their failures. Throws when a key is missing. */
export async function readableTree(tree: RunTree, codec: PayloadCodec): Promise<RunTree> {
  const readable = async (run: RunHistory): Promise<RunHistory> => ({
    ...run,
    history: await readableHistory(run.history, codec),
  });
  return { ...tree, root: await readable(tree.root), children: await Promise.all(tree.children.map(readable)) };
}

async function readableHistory(history: History, codec: PayloadCodec): Promise<History> {
  const copy = structuredClone(history);
  const payloads: JsonPayload[] = [];
  const failures: EncodedFailure[] = [];
  visit(copy.events, (value) => {
    if (isPayload(value)) payloads.push(value);
    else if (isEncodedFailure(value)) failures.push(value);
    return !isPayload(value);
  });
  const decoded = await codec.decode(payloads.map(fromJson));
  for (const [index, payload] of payloads.entries()) Object.assign(payload, toJson(decoded[index] ?? {}));
  for (const failure of failures) {
    const { message, stack_trace: stackTrace } = (decode(failure.encodedAttributes) ?? {}) as Record<string, unknown>;
    if (typeof message === 'string') failure.message = message;
    if (typeof stackTrace === 'string') failure.stackTrace = stackTrace;
  }
  return copy;
}

function isPayload(value: unknown): value is JsonPayload {
  return typeof value === 'object' && value !== null && 'metadata' in value && 'data' in value;
}

function isEncodedFailure(value: unknown): value is EncodedFailure {
  return (
    typeof value === 'object' && value !== null && 'encodedAttributes' in value && isPayload(value.encodedAttributes)
  );
}

function fromJson({ metadata, data }: JsonPayload): Payload {
  const bytes = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return { metadata: Object.fromEntries(bytes), data: Buffer.from(data ?? '', 'base64') };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const texts = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return { metadata: Object.fromEntries(texts), data: Buffer.from(data ?? text('')).toString('base64') };
}
