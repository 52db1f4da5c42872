import { RefusedInput } from '../../schemas/parse.js';

/** Throws `RefusedInput`: what is signed and still no JSON is odd, not forged. */
export function parseJson(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new RefusedInput(what, ['expected JSON']);
  }
}
