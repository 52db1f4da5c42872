import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { parse } from '../../schemas/parse.js';
import { type Hook, type Judged, senderActor } from './forge.js';
import { itemsOfBranch, touchEvents } from './own-branch.js';

// Branches and pull requests of ours at Gitea. Its reviews do not say what their author may do: the forge is asked when
// the review is read there.

const PULL_REQUEST_ACTIONS = /^(opened|closed|reopened|edited|synchronized|label_updated|label_cleared|reviewed)$/;

const PullRequestEvent = z.object({
  pull_request: z.object({
    number: z.int().positive(),
    head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() }),
  }),
  review: z.object({ content: z.string().nullish() }).nullish(),
});
const PushEvent = z.object({ ref: z.string(), after: z.string() });
const RunEvent = z.object({
  workflow_run: z.object({ head_branch: z.string().nullish(), head_sha: z.string().nullish() }),
});

const ActionRunEvent = z.object({
  run: z.object({
    prettyref: z.string().nullish(),
    commit_sha: z.string().nullish(),
    is_fork_pull_request: z.boolean().nullish(),
  }),
});

export function giteaChanges(hook: Hook): Judged {
  const { event, name, action = '' } = hook;
  if (event === 'push') return push(hook);
  if (name === 'workflow_run.completed') return workflowRun(hook);
  if (/^action_run_/.test(event)) return actionRun(hook);
  if (event === 'status') return { ignored: 'a status of Gitea names no branch: the mission reads it by itself' };
  if (!/^pull_request/.test(event) || !PULL_REQUEST_ACTIONS.test(action)) return undefined;
  const { pull_request, review } = parse(PullRequestEvent, hook.payload, `the Gitea webhook ${name}`);
  const { number, head } = pull_request;
  if (commentMarker(review?.content ?? '') !== undefined) return { ignored: 'the review is our own' };
  // A branch of a fork may have any name.
  const ours = !head.repo || head.repo.full_name.toLowerCase() === hook.project?.toLowerCase();
  return touched(hook, { number, branch: ours ? head.ref : '', head: head.sha });
}

function push(hook: Hook): Judged {
  const { ref, after } = parse(PushEvent, hook.payload, 'the Gitea webhook push');
  const branch = ref.replace(/^refs\/heads\//, '');
  return touched(hook, { branch: branch === ref ? '' : branch, head: after });
}

function workflowRun(hook: Hook): Judged {
  const { head_branch, head_sha } = parse(RunEvent, hook.payload, `the Gitea webhook ${hook.name}`).workflow_run;
  return touched(hook, { branch: head_branch ?? '', ...(head_sha && { head: head_sha }) });
}

/** Forgejo's. A run for a pull request is named by its number and not by its branch: it is read there by itself. */
function actionRun(hook: Hook): Judged {
  const {
    prettyref,
    commit_sha,
    is_fork_pull_request: isFork,
  } = parse(ActionRunEvent, hook.payload, `the Gitea webhook ${hook.name}`).run;
  return touched(hook, { branch: isFork ? '' : (prettyref ?? ''), ...(commit_sha && { head: commit_sha }) });
}

interface Where {
  readonly branch: string;
  readonly number?: number;
  readonly head?: string;
}

function touched({ name, project, sender }: Hook, where: Where): Judged {
  const items = itemsOfBranch(where.branch);
  if (items.length === 0) return { ignored: `${name} is about no branch of ours` };
  if (!project) return { ignored: `${name} names no repository` };
  return touchEvents({ items, project, event: name, ...where, ...senderActor({ sender }) });
}
