import { z } from 'zod';
import type { Alert } from './alert.js';
import type { BlobRef } from './blob-ref.js';
import { Group } from './people.js';
import { SlackChannelId } from './slack-settings.js';

/** `incidents` of the configuration. */
export const IncidentsSection = z.strictObject({
  holdSeconds: z
    .number()
    .min(0)
    .max(3_600)
    .default(30)
    .describe('What is resolved before is noted only; urgent alerts do not wait'),
  missionFrom: z
    .enum(['low', 'normal', 'high', 'urgent', 'never'])
    .default('high')
    .describe('From this severity on a mission begins by itself; below, a person is asked'),
  askHours: z.number().positive().default(24).describe('How long it waits for that person'),
  decide: Group.default({}).describe(
    'Who may say whether it is worked on; by default any active person of people.yaml',
  ),
  onCall: z.string().min(1).optional().describe('Rotation that is told, where the service has none of its own'),
  channel: SlackChannelId.optional().describe('Slack channel that is told, where neither service nor repo has one'),
});
export type IncidentsSection = Readonly<z.infer<typeof IncidentsSection>>;

/** What the configuration and the catalogue say about it. */
export interface IncidentTerms {
  readonly holdMs: number;
  readonly askMs: number;
  readonly missionFrom: IncidentsSection['missionFrom'];
  readonly service?: string;
  readonly repo?: string;
  readonly owners: readonly string[];
  readonly routedBecause: string;
  /** Channel of a chat where it is told of, and how often a message there may be edited. */
  readonly told?: { readonly channel: string; readonly everyMs: number };
  /** A model is asked what may have caused it. */
  readonly analyse?: true;
}

export interface EvidenceLine {
  /** `hypothesis`: what may be the cause, by rules. `analysis`, `suspect`, `check`: what a model says of it all. */
  readonly kind: 'metric' | 'change' | 'logs' | 'gap' | 'hypothesis' | 'analysis' | 'suspect' | 'check';
  /** From outside, without authority. */
  readonly text: string;
  readonly url?: string;
}

export interface IncidentEvidence {
  readonly lines: readonly EvidenceLine[];
  /** As Markdown. */
  readonly blob: BlobRef;
}

export type IncidentStage = 'holding' | 'gathering' | 'asking' | 'working' | 'noted' | 'closed';

export interface IncidentStatus {
  readonly id: string;
  readonly name: string;
  readonly stage: IncidentStage;
  readonly because: string;
  readonly since: string;
  readonly startedAt: string;
  readonly severity: Alert['severity'];
  /** Notifications so far, and how many faults of the monitor they were about. */
  readonly alerts: number;
  readonly faults: number;
  readonly firing: number;
  readonly service?: string;
  readonly repo?: string;
  readonly routedBecause?: string;
  readonly evidence: readonly EvidenceLine[];
  /** Key of the work item. */
  readonly item?: string;
  /** What has happened, oldest first. */
  readonly timeline: readonly { readonly at: string; readonly what: string }[];
  /** The written record, as Markdown. */
  readonly record?: BlobRef;
}
