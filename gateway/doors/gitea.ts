import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { issueKey } from '../../schemas/issue-key.js';
import { parse } from '../../schemas/parse.js';
import { APPROVAL_CHECK, type Touch } from '../../schemas/touch.js';
import type { Delivery, Door, Received } from './door.js';
import {
  type ForgeSettings,
  type Hook,
  isLabel,
  isNotForUs,
  type Judged,
  projectOf,
  Sender,
  senderActor,
} from './forge.js';
import { giteaChanges } from './gitea-changes.js';
import { parseJson } from './json.js';
import { itemOfText, itemsOfBranch, touchEvents } from './own-branch.js';
import { received } from './received.js';
import { isSigned, refused, type Secrets } from './verify.js';

// Gitea's and Forgejo's webhooks. Each sends the headers of its ancestors and GitHub's too; any of them is enough.

const FAMILIES = ['gitea', 'forgejo', 'gogs', 'github'] as const;

/** Everything that some version of Gitea or Forgejo sends. */
const DOCUMENTED =
  /^(create|delete|fork|push|issues|issue_comment|pull_request|pull_request_approved|pull_request_rejected|pull_request_comment|pull_request_review|wiki|repository|release|package|status|schedule|workflow_run|workflow_job|workflow_dispatch|action_run_failure|action_run_recover|action_run_success)$/;
const WITH_ACTIONS = /^(issues|issue_comment|pull_request\w*)$/;

/** What a run of the forge's own actions comes to is nobody's doing, whoever's push it ran for. */
const RUN = /^(workflow_run|action_run_\w+)$/;

const Repository = z.object({
  full_name: z.string().min(3),
  /** Of the sender where it says something, of the issue's author where a label does. */
  permissions: z.object({ push: z.boolean() }).nullish(),
});
const Envelope = z.object({
  action: z.string().max(100).nullish(),
  sender: Sender.nullish(),
  repository: Repository.nullish(),
  /** Forgejo tells of a run with no repository beside it. */
  run: z.object({ repository: Repository.nullish() }).nullish(),
});
const Label = z.object({ name: z.string() });
const IssueEvent = z.object({
  issue: z.object({
    number: z.int().positive(),
    updated_at: z.string().nullish(),
    labels: z.array(Label).nullish(),
  }),
  changes: z.object({ added_labels: z.array(Label).nullish() }).nullish(),
});
const CommentEvent = z.object({
  issue: z.object({ number: z.int().positive(), body: z.string().nullish() }),
  comment: z.object({ body: z.string().nullish(), created_at: z.string().nullish() }),
  is_pull: z.boolean().nullish(),
  pull_request: z.object({ head: z.object({ ref: z.string(), sha: z.string() }).nullish() }).nullish(),
});

interface GiteaHook extends Hook {
  readonly mayWrite: boolean;
}

export function giteaDoor(settings: ForgeSettings): Door {
  return {
    name: 'gitea',
    deliveryHeader: 'x-gitea-delivery',
    meaningHeaders: FAMILIES.map((family) => `x-${family}-event`),
    receive(delivery) {
      verify(settings.secrets, delivery);
      return understand(settings, delivery);
    },
    again: (delivery) => understand(settings, delivery),
  };
}

function headerOf(delivery: Delivery, name: 'event' | 'delivery'): string | undefined {
  return FAMILIES.map((family) => delivery.header(`x-${family}-${name}`)).find(Boolean);
}

function verify(secrets: Secrets, delivery: Delivery): void {
  const signatures = [
    ...['gitea', 'forgejo', 'gogs'].map((family) => delivery.header(`x-${family}-signature`)),
    delivery.header('x-hub-signature-256')?.replace(/^sha256=/, ''),
  ].filter((signature) => signature !== undefined);
  if (signatures.length === 0) throw refused('the X-Gitea-Signature header is missing');
  if (!isSigned({ content: delivery.body, signatures, secrets }))
    throw refused('the signature does not match the body');
}

function readHook(event: string, delivery: Delivery): GiteaHook {
  const payload = parseJson(delivery.body, 'the Gitea webhook');
  const { action, sender, run, repository = run?.repository } = parse(Envelope, payload, 'the Gitea webhook');
  return {
    ...{ event, action: action ?? undefined, name: action ? `${event}.${action}` : event, payload },
    ...{ sender: sender ?? undefined, project: repository?.full_name },
    mayWrite: repository?.permissions?.push === true,
  };
}

function understand(settings: ForgeSettings, delivery: Delivery): Received {
  const event = headerOf(delivery, 'event');
  if (!event) return { odd: 'the X-Gitea-Event header is missing' };
  if (!DOCUMENTED.test(event)) return { odd: `Gitea does not document the event ${event}` };
  const read = readHook(event, delivery);
  const hook = { ...read, project: projectOf(read.project, settings) };
  if (WITH_ACTIONS.test(event) && hook.action === undefined) return { odd: `${event} comes without an action` };
  const doer = RUN.test(event) ? undefined : hook.sender;
  const nothing = isNotForUs({ ...hook, sender: doer }, read.project, settings);
  if (nothing) return nothing;
  const { name } = hook;
  const events = ticketEvents(hook, settings.label) ?? giteaChanges(hook);
  if (events === undefined) return { ignored: `${name} starts nothing` };
  if ('ignored' in events) return events;
  return received({ source: 'gitea', delivery, id: headerOf(delivery, 'delivery'), events });
}

function ticketEvents(hook: GiteaHook, label: string): Judged {
  if (hook.name === 'issues.label_updated' || hook.name === 'issues.opened') return issueEvents(hook, label);
  if (hook.name === 'issue_comment.created') return commentEvents(hook);
  return undefined;
}

/** Gitea's checks have no buttons: `/signalbox approve 2` stands for one, about the head as it is by the same webhook. */
function commandIn(text: string): Pick<Touch, 'check' | 'button' | 'question' | 'reason'> {
  const [, button, n, reason = ''] =
    /^\s*\/signalbox[ \t]+(approve|reject)[ \t]+([1-9]\d{0,5})(?:\s+([\s\S]*))?$/.exec(text) ?? [];
  if (button === undefined) return {};
  return { check: APPROVAL_CHECK, button, question: Number(n), reason: reason.trim().slice(0, 1_000) };
}

function issueEvents({ name, payload, project, sender, mayWrite }: GiteaHook, label: string): Judged {
  const { issue, changes } = parse(IssueEvent, payload, `the Gitea webhook ${name}`);
  if (!project) return { ignored: `${name} names no repository` };
  const isNew = name === 'issues.opened';
  // Older versions do not say which label was added: one that was there before is folded by triage.
  const labels = (isNew ? undefined : changes?.added_labels) ?? issue.labels ?? [];
  if (!labels.some(isLabel(label))) return { ignored: `the label "${label}" was not added` };
  if (isNew && !mayWrite) return { ignored: 'the author may not write to the repository' };
  const data = senderActor({ sender });
  return [{ type: 'ticket.labelled', subject: issueKey(project, issue.number), time: issue.updated_at, data }];
}

function commentEvents({ name, payload, project, sender, mayWrite }: GiteaHook): Judged {
  const { issue, comment, is_pull, pull_request } = parse(CommentEvent, payload, `the Gitea webhook ${name}`);
  if (!project) return { ignored: `${name} names no repository` };
  if (commentMarker(comment.body ?? '') !== undefined) return { ignored: 'the comment is our own' };
  if (!mayWrite) return { ignored: 'its author may not write to the repository' };
  const by = senderActor({ sender });
  const time = comment.created_at;
  if (!is_pull) return [{ type: 'ticket.commented', subject: issueKey(project, issue.number), time, data: by }];
  const head = pull_request?.head;
  const named = itemOfText(issue.body);
  const items = [...(head ? itemsOfBranch(head.ref) : []), ...(named ? [named] : [])];
  if (items.length === 0) return { ignored: 'the pull request is not ours' };
  const where = { project, event: name, number: issue.number, ...(head && { branch: head.ref, head: head.sha }) };
  return touchEvents({ items, ...where, ...commandIn(comment.body ?? ''), ...by, time });
}
