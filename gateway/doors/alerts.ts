import { Alert } from '../../schemas/alert.js';
import { parse } from '../../schemas/parse.js';
import type { Source } from '../../schemas/source.js';
import { sha256 } from '../digest.js';
import { type Event, isoTime, line } from './received.js';

// From what a monitor says to alerts of one shape.

/** Labels that are kept of one alert, and how much of each. */
const MOST_LABELS = 64;

export interface AlertDraft {
  /** Whatever stays the same for the same fault at this monitor. */
  readonly fault: string;
  readonly group?: string | undefined;
  readonly name: string | null | undefined;
  readonly status: Alert['status'];
  /** In the monitor's own words. */
  readonly severity: string | null | undefined;
  readonly summary: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly startsAt: string | number | null | undefined;
  readonly url?: string | null | undefined;
  readonly truncated?: number;
  /** Of the notification about it, where one delivery has several. */
  readonly id?: string;
  readonly time?: Event['time'];
}

export function alertEvent(source: Source, draft: AlertDraft): Event {
  const { fault, group, status, description, url, truncated, id, time } = draft;
  const name = line(draft.name, 300) ?? 'alert';
  const alert = {
    fingerprint: fault.length > 0 && fault.length <= 200 ? fault : sha256(fault),
    ...(group && { group: group.slice(0, 500) }),
    ...{ name, status, severity: severityOf(draft.severity), summary: line(draft.summary, 2_000) ?? name },
    ...(description && { description: description.slice(0, 20_000) }),
    ...{ labels: labelsOf(draft.labels), startsAt: isoTime(draft.startsAt) },
    ...(url && { url: url.slice(0, 2_000) }),
    ...(truncated && truncated > 0 && { truncated }),
  };
  return {
    type: status === 'firing' ? 'alert.fired' : 'alert.resolved',
    subject: `${source}-${sha256(fault).slice(0, 16)}`,
    ...(id !== undefined && { id }),
    time: time ?? (status === 'firing' ? draft.startsAt : undefined),
    data: { title: name, alert: parse(Alert, alert, `the ${source} alert`) },
  };
}

const SEVERITIES = [
  ['urgent', /^(critical|fatal|emergency|page|p1|sev-?[01]|urgent|disaster|blocker)$/],
  ['high', /^(error|high|major|p2|sev-?2|important|alert)$/],
  ['low', /^(info|information|informational|low|minor|debug|none|notice|p[45]|sev-?[45])$/],
] as const;

/** What nobody has named is normal. */
function severityOf(said: string | null | undefined): Alert['severity'] {
  const word = said?.trim().toLowerCase() ?? '';
  return SEVERITIES.find(([, words]) => words.test(word))?.[0] ?? 'normal';
}

function labelsOf(labels: Readonly<Record<string, unknown>>): Alert['labels'] {
  const plain = Object.entries(labels).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(
    plain.slice(0, MOST_LABELS).map(([key, value]) => [key.slice(0, 200), String(value).slice(0, 1_000)]),
  );
}

/** `env:prod` and the like; a tag without a value is one of its own name. */
export function labelsOfTags(tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    tags
      .map((tag) => tag.trim())
      .filter(Boolean)
      .map((tag) => [tag.split(':')[0] || tag, tag.split(':').slice(1).join(':') || 'true']),
  );
}
