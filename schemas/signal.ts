import { z } from 'zod';
import { Alert } from './alert.js';
import { PartOf } from './part.js';
import { Source } from './source.js';
import { Touch } from './touch.js';

/** A person or a program at the source, by the source's own id; names have no authority. */
export const Actor = z.strictObject({ id: z.string().min(1), name: z.string().max(200).optional() });
export type Actor = Readonly<z.infer<typeof Actor>>;

/** A prompt carries its text; every other type is a wake-up, and the item is read again from its source. */
export const SignalData = z.strictObject({
  title: z.string().min(1).max(500).optional(),
  text: z.string().max(60_000).optional(),
  repo: z.string().max(200).optional(),
  actor: Actor.optional(),
  session: z.string().max(100).optional().describe('Id of the agent session at the tracker'),
  interactive: z.boolean().optional().describe('From a terminal where the person stays: what is vague is said there'),
  alert: Alert.optional(),
  touch: Touch.optional(),
  partOf: PartOf.optional().describe('Of ours: the item that was split'),
  incident: z
    .string()
    .regex(/^incident\/[A-Za-z0-9._-]{1,120}$/)
    .optional()
    .describe('Of ours: the incident workflow that asks for the work'),
});
export type SignalData = Readonly<z.infer<typeof SignalData>>;

/**
 * What a signal is about. `change.touched`: something happened on a branch or pull request of ours; its subject is the
 * item of the mission.
 */
export const SignalType = z.enum([
  'ticket.labelled',
  'ticket.commented',
  'ticket.swept',
  'prompt.submitted',
  'alert.fired',
  'alert.resolved',
  'change.touched',
  /** Handed to us as an agent, by way of its session. */
  'ticket.delegated',
  'session.created',
  'session.prompted',
  'session.stopped',
]);
export type SignalType = z.infer<typeof SignalType>;

/**
 * One inbound event, shaped as a CloudEvent 1.0 (cloudevents.io): `id` is the provider's delivery id, `subject` the
 * item at the source.
 */
export const Signal = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200),
  source: Source,
  type: SignalType,
  subject: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected letters, digits, dots and dashes'),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json').default('application/json'),
  /** SHA-256 of the raw body: the second key that finds a redelivery. */
  bodyhash: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal characters'),
  data: SignalData,
});
export type Signal = Readonly<z.infer<typeof Signal>>;

/** What `POST /signals` and `signalbox submit` take; the rest of the envelope is ours. */
export const Submission = z.strictObject({
  id: Signal.shape.subject
    .optional()
    .describe('The same text under it starts nothing again; by default the hash of the text'),
  title: z.string().min(1).max(500),
  text: z.string().min(1).max(60_000),
  repo: z.string().min(1).max(200).optional(),
});
export type Submission = Readonly<z.infer<typeof Submission>>;

/** All signals about the same item fold into one triage. */
export function dedupeKey(signal: Pick<Signal, 'source' | 'subject'>): string {
  return `${signal.source}/${signal.subject}`;
}
