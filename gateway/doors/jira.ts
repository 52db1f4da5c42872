import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { parse } from '../../schemas/parse.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { actor, type Event, received } from './received.js';
import { checkHappened, checkToken, isSigned, refused, type Secrets } from './verify.js';

// Webhooks of Jira Cloud, which signs, and of Data Center, which can show a secret in the address only.

const DOCUMENTED =
  /^(jira:(issue_(created|updated|deleted)|worklog_updated|version_(released|unreleased|created|moved|updated|deleted))|issue_property_(set|deleted)|comment_(created|updated|deleted)|worklog_(created|updated|deleted)|issuelink_(created|deleted)|attachment_(created|deleted)|user_(created|updated|deleted)|project_(created|updated|deleted|soft_deleted|restored_deleted|archived|restored_archived)|board_(created|updated|deleted|configuration_changed)|sprint_(created|updated|deleted|started|closed)|option_\w+_changed|jira_expression_evaluation_failed)$/;

/** Cloud names people by account id, Data Center by key or name. */
const User = z
  .object({
    accountId: z.string().nullish(),
    name: z.string().nullish(),
    key: z.string().nullish(),
    displayName: z.string().nullish(),
  })
  .nullish();
const Envelope = z.object({
  timestamp: z.number(),
  webhookEvent: z.string(),
  user: User,
});
const Comment = z.object({ body: z.unknown(), author: User });
const IssueEvent = z.object({
  issue: z.object({ key: z.string(), fields: z.object({ labels: z.array(z.string()).nullish() }).nullish() }),
  changelog: z.object({ items: z.array(z.record(z.string(), z.unknown())) }).nullish(),
  comment: Comment.nullish(),
});
const CommentEvent = z.object({ issue: z.object({ key: z.string() }), comment: Comment });

export interface JiraSettings {
  readonly secrets: Secrets;
  readonly label: string;
  /** Account ids or names under which Signalbox itself writes there. */
  readonly own: readonly string[];
  /** In front of keys, where another tracker has keys of the same form. */
  readonly prefix: 'jira.' | '';
}

export function jiraDoor(settings: JiraSettings): Door {
  return {
    name: 'jira',
    deliveryHeader: 'x-atlassian-webhook-identifier',
    receive(delivery) {
      verify(settings.secrets, delivery);
      const isSignedOver = delivery.header('x-hub-signature') !== undefined;
      if (isSignedOver) checkHappened(read(delivery).envelope.timestamp, 'the signed timestamp');
      return understand(settings, delivery);
    },
    again: (delivery) => understand(settings, delivery),
  };
}

function read(delivery: Delivery) {
  const payload = parseJson(delivery.body, 'the Jira webhook');
  return { payload, envelope: parse(Envelope, payload, 'the Jira webhook') };
}

function understand(settings: JiraSettings, delivery: Delivery): Received {
  const { payload, envelope } = read(delivery);
  const { webhookEvent: kind } = envelope;
  if (!DOCUMENTED.test(kind)) return { odd: `Jira does not document the event ${kind}` };
  const event = eventOf(kind, payload, settings);
  if (event === undefined) return { ignored: `${kind} starts nothing` };
  if ('ignored' in event) return event;
  return signal({ envelope, delivery, settings, event });
}

function verify(secrets: Secrets, delivery: Delivery): void {
  const signature = delivery.header('x-hub-signature');
  if (signature === undefined) checkToken(delivery, secrets, 'may be in the address');
  else if (!isSigned({ content: delivery.body, signatures: [signature.replace(/^sha256=/, '')], secrets })) {
    throw refused('the signature does not match the body');
  }
}

type Understood = (Pick<Event, 'type' | 'subject'> & { readonly author?: z.infer<typeof User> }) | undefined;

function eventOf(kind: string, payload: unknown, { label }: JiraSettings): Understood | { readonly ignored: string } {
  const what = `the Jira webhook ${kind}`;
  if (kind === 'comment_created') {
    const { issue, comment } = parse(CommentEvent, payload, what);
    return commented(issue.key, comment);
  }
  if (kind !== 'jira:issue_created' && kind !== 'jira:issue_updated') return undefined;
  const { issue, changelog, comment } = parse(IssueEvent, payload, what);
  const before = kind === 'jira:issue_created' ? [] : labelsBefore(changelog?.items ?? []);
  if (!before) return comment ? commented(issue.key, comment) : { ignored: 'the labels did not change' };
  const is = (one: string) => one.toLowerCase() === label.toLowerCase();
  if (!(issue.fields?.labels ?? []).some(is) || before.some(is)) {
    return { ignored: `the label "${label}" was not added` };
  }
  return { type: 'ticket.labelled', subject: issue.key };
}

/** Undefined when the labels did not change. Jira writes them as words, and a label has no space. */
function labelsBefore(items: readonly Readonly<Record<string, unknown>>[]): readonly string[] | undefined {
  const change = items.find(({ field }) => field === 'labels');
  if (!change) return undefined;
  return typeof change.fromString === 'string' ? change.fromString.split(' ') : [];
}

function commented(key: string, comment: z.infer<typeof Comment>): Understood | { readonly ignored: string } {
  const text = typeof comment.body === 'string' ? comment.body : '';
  if (commentMarker(text) !== undefined) return { ignored: 'the comment is our own' };
  return { type: 'ticket.commented', subject: key, author: comment.author };
}

interface Signalled {
  readonly envelope: z.infer<typeof Envelope>;
  readonly delivery: Delivery;
  readonly settings: JiraSettings;
  readonly event: NonNullable<Understood>;
}

function signal({ envelope, delivery, settings, event }: Signalled): Received {
  const user = event.author ?? envelope.user;
  const id = user?.accountId ?? user?.name ?? user?.key;
  if (id && settings.own.includes(id)) return { ignored: `${envelope.webhookEvent} is our own doing` };
  const { type, subject } = event;
  return received({
    ...{ source: 'jira', delivery, id: delivery.header('x-atlassian-webhook-identifier') },
    events: [
      { type, subject: `${settings.prefix}${subject}`, time: envelope.timestamp, data: actor(id, user?.displayName) },
    ],
  });
}
