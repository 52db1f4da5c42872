import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { issueKey } from '../../schemas/issue-key.js';
import { parse } from '../../schemas/parse.js';
import { type ForgeSettings, type Hook, isLabel, type Judged, senderActor } from './forge.js';
import { itemOfText, touchEvents } from './own-branch.js';

// Issues of GitHub and what people write there.

const Label = z.object({ name: z.string() });
const Issue = z.object({
  number: z.int().positive(),
  author_association: z.string().nullish(),
  updated_at: z.string().nullish(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
  labels: z.array(Label).nullish(),
  pull_request: z.object({}).nullish(),
});
const IssueEvent = z.object({ issue: Issue, label: Label.nullish() });
const CommentEvent = z.object({
  issue: Issue,
  comment: z.object({
    body: z.string().nullish(),
    author_association: z.string().nullish(),
    created_at: z.string().nullish(),
  }),
});

/** Who may change the repository may also have work done for it. */
const WRITERS: ReadonlySet<string> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

export function mayWrite(association: string | null | undefined): boolean {
  return WRITERS.has(association ?? '');
}

export function ticketEvents(hook: Hook, { label }: Pick<ForgeSettings, 'label'>): Judged {
  if (hook.name === 'issues.labeled' || hook.name === 'issues.opened') return issueEvents(hook, label);
  if (hook.name === 'issue_comment.created') return commentEvents(hook);
  return undefined;
}

function issueEvents({ name, payload, project, sender }: Hook, label: string): Judged {
  const { issue, label: added } = parse(IssueEvent, payload, `the GitHub webhook ${name}`);
  if (!project) return { ignored: `${name} names no repository` };
  const labels = name === 'issues.labeled' ? (added ? [added] : []) : (issue.labels ?? []);
  if (!labels.some(isLabel(label))) return { ignored: `the label "${label}" was not added` };
  // A template gives labels to anybody's issue; who adds one later has the right to.
  const byAuthor = name === 'issues.opened' || sender?.login === issue.user?.login;
  if (byAuthor && !mayWrite(issue.author_association)) {
    return { ignored: 'the author may not write to the repository, and nobody else has set the label' };
  }
  const data = senderActor({ sender });
  return [{ type: 'ticket.labelled', subject: issueKey(project, issue.number), time: issue.updated_at, data }];
}

function commentEvents({ name, payload, project, sender }: Hook): Judged {
  const { issue, comment } = parse(CommentEvent, payload, `the GitHub webhook ${name}`);
  if (!project) return { ignored: `${name} names no repository` };
  if (commentMarker(comment.body ?? '') !== undefined) return { ignored: 'the comment is our own' };
  if (sender?.type === 'Bot') return { ignored: 'a program wrote the comment' };
  if (!mayWrite(comment.author_association)) return { ignored: 'its author may not write to the repository' };
  const by = senderActor({ sender });
  const time = comment.created_at;
  if (!issue.pull_request) {
    return [{ type: 'ticket.commented', subject: issueKey(project, issue.number), time, data: by }];
  }
  const item = itemOfText(issue.body);
  if (item === undefined) return { ignored: 'the pull request is not ours' };
  return touchEvents({ items: [item], project, event: name, number: issue.number, ...by, time });
}
