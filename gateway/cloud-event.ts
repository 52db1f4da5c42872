import { HTTPException } from 'hono/http-exception';
import { parse } from '../schemas/parse.js';
import { Signal } from '../schemas/signal.js';
import { sha256 } from './digest.js';

// CloudEvents over HTTP: structured, where all of it is the body, and binary, where its attributes are headers.

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
/** Attributes of the envelope; what else a sender adds is refused, as it is in the structured mode. */
const ATTRIBUTE = /^ce-([a-z0-9]{1,20})$/;

export interface EventRequest {
  readonly body: Buffer;
  /** With names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Undefined when it is no CloudEvent. Throws `RefusedInput`, or an `HTTPException` for a mode that is not taken. */
export function cloudEvent(request: EventRequest): Signal | undefined {
  const type = mediaType(request.headers);
  if (type === BATCH) throw new HTTPException(415, { message: 'batches are not taken: send each event by itself' });
  const bodyhash = sha256(request.body);
  if (type === STRUCTURED) {
    const content = readJson(request.body);
    return parse(Signal, isObject(content) ? { bodyhash, ...content } : content, 'the CloudEvent');
  }
  if (request.headers['ce-specversion'] === undefined) return undefined;
  const attributes = Object.entries(request.headers).flatMap(([name, value]) => {
    const attribute = ATTRIBUTE.exec(name)?.[1];
    return attribute === undefined ? [] : [[attribute, decoded(value)] as const];
  });
  const event = { ...Object.fromEntries(attributes), datacontenttype: type, bodyhash, data: readJson(request.body) };
  return parse(Signal, event, 'the CloudEvent');
}

export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new HTTPException(400, { message: 'the body is not JSON', cause: error });
  }
}

function mediaType(headers: EventRequest['headers']): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

/** Header values are percent-encoded beyond plain ASCII. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
