import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';

// A payload inside a payload, as Temporal's own samples of codecs do it: the inner one as protobuf, the outer one with
// the encoding that says how to open it.

const { Payload: Message } = proto.temporal.api.common.v1;

export function encodingOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.encoding ?? []).toString();
}

/** The payload as protobuf bytes. */
export function toBytes(payload: Payload): Uint8Array {
  return Message.encode(payload).finish();
}

export function fromBytes(bytes: Uint8Array): Payload {
  const { metadata, data } = Message.decode(bytes);
  return { metadata, data };
}

export function text(value: string): Uint8Array {
  return Buffer.from(value);
}
