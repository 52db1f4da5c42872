import { createHash, timingSafeEqual } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import { parse } from '../schemas/parse.js';
import { Signal, Submission } from '../schemas/signal.js';
import { submissionSignal } from './submission.js';

// `POST /signals`: a prompt from a program, or a CloudEvent from a source that brings its own.

const CLOUD_EVENT = 'application/cloudevents+json';

/** Hashes are compared, so neither the content nor the length of the token shows in the time it takes. */
export function checkBearer(authorization: string | undefined, token: string): void {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) {
    throw new HTTPException(401, { message: 'expected the header Authorization: Bearer <SIGNALBOX_TOKEN>' });
  }
  if (!timingSafeEqual(sha256(given), sha256(token))) throw new HTTPException(401, { message: 'the token is wrong' });
}

export function submittedSignal(body: Buffer, contentType: string | undefined): Signal {
  const content = json(body);
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== CLOUD_EVENT) {
    const submission = parse(Submission, content, 'the submission');
    return submissionSignal({ submission, source: 'api', now: new Date() });
  }
  const bodyhash = sha256(body).toString('hex');
  return parse(Signal, isObject(content) ? { bodyhash, ...content } : content, 'the CloudEvent');
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new HTTPException(400, { message: 'the body is not JSON', cause: error });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sha256(content: string | Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
