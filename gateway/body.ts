import { HTTPException } from 'hono/http-exception';

/** Largest body that is taken; what is announced or turns out to be larger is refused before it is in memory. */
export const BODY_LIMIT = 1024 * 1024;

/** The raw bytes: signatures and hashes are over these, not over anything parsed. */
export async function readBody(request: Request, limit = BODY_LIMIT): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HTTPException) throw error;
    throw new HTTPException(400, { message: 'the body ended early', cause: error });
  }
  return Buffer.concat(chunks, size);
}

/** The rest of the body is not read, so the connection can't be used again. */
function tooLarge(limit: number): HTTPException {
  return new HTTPException(413, { message: `the body is larger than ${limit} bytes` });
}
