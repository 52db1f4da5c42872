import { promisify } from 'node:util';
import { deflate, deflateSync, inflate } from 'node:zlib';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { encodingOf, fromBytes, text, toBytes } from './envelope.js';
import { damaged } from './failures.js';

const ENCODING = 'binary/zlib';
/** Below it, what is saved is less than what the envelope adds. */
const WORTH_BYTES = 384;
/** Up to here the detour over another thread takes longer than the work. */
const INLINE_BYTES = 16 * 1024;
/** Most of what compression can give is there at its cheapest level. */
const LEVEL = 1;
/** Of one gRPC message. Nothing larger is compressed, so nothing that claims to be larger is ours. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** Compresses where it helps; `compress: false` only reads what others compressed. */
export function createCompressionCodec({ compress }: { readonly compress: boolean }): PayloadCodec {
  return {
    encode: async (payloads) => (compress ? Promise.all(payloads.map(smaller)) : payloads),
    decode: async (payloads) => Promise.all(payloads.map(whole)),
  };
}

async function smaller(payload: Payload): Promise<Payload> {
  const bytes = payload.data?.length ?? 0;
  if (bytes < WORTH_BYTES || bytes > LARGEST_BYTES - WORTH_BYTES) return payload;
  const plain = toBytes(payload);
  const options = { level: LEVEL };
  const data = bytes <= INLINE_BYTES ? deflateSync(plain, options) : await promisify(deflate)(plain, options);
  return data.length < plain.length * 0.9 ? { metadata: { encoding: text(ENCODING) }, data } : payload;
}

async function whole(payload: Payload): Promise<Payload> {
  if (encodingOf(payload) !== ENCODING) return payload;
  try {
    return fromBytes(await promisify(inflate)(payload.data ?? text(''), { maxOutputLength: LARGEST_BYTES }));
  } catch (error) {
    throw damaged(`it can't be decompressed to at most ${LARGEST_BYTES} bytes`, error);
  }
}
