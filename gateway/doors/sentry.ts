import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { type AlertDraft, alertEvent } from './alerts.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { received } from './received.js';
import { isSigned, refused, type Secrets } from './verify.js';

// Webhooks of a Sentry integration. It signs the body alone; its time of sending stands in a header that nobody signs.

const DOCUMENTED = /^(installation|event_alert|issue|metric_alert|error|comment|seer|preprod_artifact)$/;
const ISSUE_STATES: Readonly<Record<string, AlertDraft['status']>> = {
  created: 'firing',
  unresolved: 'firing',
  resolved: 'resolved',
};
const ISSUE_ACTIONS = /^(assigned|archived|ignored)$/;
const METRIC_STATES: Readonly<Record<string, AlertDraft['status']>> = {
  critical: 'firing',
  warning: 'firing',
  resolved: 'resolved',
};

const Id = z.union([z.string().min(1), z.number()]).transform(String);
const Envelope = z.object({ action: z.string().max(100), data: z.unknown() });
const IssueData = z.object({
  issue: z.object({
    id: Id,
    shortId: z.string().nullish(),
    title: z.string(),
    culprit: z.string().nullish(),
    level: z.string().nullish(),
    firstSeen: z.string().nullish(),
    permalink: z.string().nullish(),
    web_url: z.string().nullish(),
    project: z.object({ slug: z.string() }).nullish(),
  }),
});
const AlertData = z.object({
  event: z.object({
    issue_id: Id,
    title: z.string().nullish(),
    culprit: z.string().nullish(),
    level: z.string().nullish(),
    datetime: z.string().nullish(),
    web_url: z.string().nullish(),
  }),
  triggered_rule: z.string().nullish(),
});
const MetricData = z.object({
  metric_alert: z.object({
    title: z.string().nullish(),
    date_started: z.string().nullish(),
    alert_rule: z.object({ id: Id, name: z.string().nullish() }),
  }),
  description_title: z.string().nullish(),
  description_text: z.string().nullish(),
  web_url: z.string().nullish(),
});

export function sentryDoor({ secrets }: { readonly secrets: Secrets }): Door {
  return {
    name: 'sentry',
    deliveryHeader: 'request-id',
    meaningHeaders: ['sentry-hook-resource'],
    receive(delivery) {
      const signature = delivery.header('sentry-hook-signature');
      if (!signature) throw refused('the Sentry-Hook-Signature header is missing');
      if (!isSigned({ content: delivery.body, signatures: [signature], secrets })) {
        throw refused('the signature does not match the body');
      }
      return understand(delivery);
    },
    again: understand,
  };
}

function understand(delivery: Delivery): Received {
  const resource = delivery.header('sentry-hook-resource') ?? '';
  if (!DOCUMENTED.test(resource)) return { odd: `Sentry does not document the resource ${resource || '(none)'}` };
  const payload = parseJson(delivery.body, 'the Sentry webhook');
  const { action, data } = parse(Envelope, payload, 'the Sentry webhook');
  const draft = draftOf(resource, action, data);
  if (typeof draft === 'string') return { odd: draft };
  if (draft === undefined) return { ignored: `${resource}.${action} starts nothing` };
  const events = [alertEvent('sentry', draft)];
  return received({ source: 'sentry', delivery, id: delivery.header('request-id'), events });
}

/** Undefined: documented, and no news about a fault. A text: why it is not understood. */
function draftOf(resource: string, action: string, data: unknown): AlertDraft | string | undefined {
  const what = `the Sentry webhook ${resource}.${action}`;
  const undocumented = `Sentry does not document ${resource}.${action}`;
  if (resource === 'issue') {
    const status = ISSUE_STATES[action];
    if (status) return issue(parse(IssueData, data, what), status);
    return ISSUE_ACTIONS.test(action) ? undefined : undocumented;
  }
  if (resource === 'event_alert') {
    return action === 'triggered' ? eventAlert(parse(AlertData, data, what)) : undocumented;
  }
  if (resource === 'metric_alert') {
    const status = METRIC_STATES[action];
    return status ? metricAlert(parse(MetricData, data, what), status, action) : undocumented;
  }
  return undefined;
}

function issue({ issue: of }: z.infer<typeof IssueData>, status: AlertDraft['status']): AlertDraft {
  const labels = { ...(of.shortId && { issue: of.shortId }), ...(of.project && { project: of.project.slug }) };
  return {
    ...{ fault: `issue/${of.id}`, name: of.title, status, severity: of.level, summary: of.title, labels },
    ...{ description: of.culprit, startsAt: of.firstSeen, url: of.web_url ?? of.permalink },
  };
}

/** A rule of somebody's about an issue: the same fault as the issue. */
function eventAlert({ event, triggered_rule }: z.infer<typeof AlertData>): AlertDraft {
  return {
    ...{ fault: `issue/${event.issue_id}`, name: event.title, status: 'firing', severity: event.level },
    ...{ summary: event.title, description: event.culprit, labels: triggered_rule ? { rule: triggered_rule } : {} },
    ...{ startsAt: event.datetime, url: event.web_url },
  };
}

function metricAlert(data: z.infer<typeof MetricData>, status: AlertDraft['status'], action: string): AlertDraft {
  const { title, date_started, alert_rule } = data.metric_alert;
  return {
    ...{ fault: `metric/${alert_rule.id}`, name: alert_rule.name ?? title, status, severity: action, labels: {} },
    ...{ summary: data.description_title ?? title, description: data.description_text },
    ...{ startsAt: date_started, url: data.web_url },
  };
}
