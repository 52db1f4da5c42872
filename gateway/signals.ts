import { createHash, timingSafeEqual } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import { parse } from '../schemas/parse.js';
import { type Signal, Submission } from '../schemas/signal.js';
import { cloudEvent, type EventRequest, readJson } from './cloud-event.js';
import { submissionSignal } from './submission.js';

// `POST /signals`: a prompt from a program, or a CloudEvent from a source that brings its own.

/** Hashes are compared, so neither the content nor the length of the token shows in the time it takes. */
export function checkBearer(authorization: string | undefined, token: string): void {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) {
    throw new HTTPException(401, { message: 'expected the header Authorization: Bearer <SIGNALBOX_TOKEN>' });
  }
  if (!timingSafeEqual(digest(given), digest(token))) throw new HTTPException(401, { message: 'the token is wrong' });
}

export function submittedSignal(request: EventRequest): Signal {
  const event = cloudEvent(request);
  if (event) return event;
  const submission = parse(Submission, readJson(request.body), 'the submission');
  return submissionSignal({ submission, source: 'api', now: new Date() });
}

function digest(content: string): Buffer {
  return createHash('sha256').update(content).digest();
}
