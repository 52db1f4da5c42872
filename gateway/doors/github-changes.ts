import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { parse } from '../../schemas/parse.js';
import { type Hook, type Judged, senderActor } from './forge.js';
import { mayWrite } from './github-tickets.js';
import { itemsOfBranch, type Touched, touchEvents } from './own-branch.js';

// Branches, pull requests and checks of ours at GitHub.

const PULL_REQUEST_ACTIONS =
  /^(opened|closed|reopened|synchronize|edited|labeled|unlabeled|ready_for_review|converted_to_draft|enqueued|dequeued|auto_merge_enabled|auto_merge_disabled)$/;
const REVIEW_ACTIONS = /^(submitted|edited|dismissed)$/;
/** What our checks have as their external id: the mission, and the number of the state that they show. */
const MISSION = /^mission\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})(#\d+)?$/;
const SUITE_ACTIONS = /^(completed|rerequested)$/;

const Text = z.object({ body: z.string().nullish(), author_association: z.string().nullish() });
const PullRequestEvent = z.object({
  pull_request: z.object({
    number: z.int().positive(),
    head: z.object({
      ref: z.string(),
      sha: z.string(),
      repo: z.object({ full_name: z.string() }).nullish(),
    }),
  }),
  review: Text.nullish(),
  comment: Text.nullish(),
});
const Suite = z.object({ head_branch: z.string().nullish(), head_sha: z.string() });
const CheckRunEvent = z.object({
  check_run: z.object({
    name: z.string(),
    external_id: z.string().nullish(),
    head_sha: z.string(),
    check_suite: z.object({ head_branch: z.string().nullish() }).nullish(),
  }),
  requested_action: z.object({ identifier: z.string() }).nullish(),
});
const CheckSuiteEvent = z.object({ check_suite: Suite });
const PushEvent = z.object({ ref: z.string(), after: z.string() });
const StatusEvent = z.object({
  sha: z.string(),
  context: z.string(),
  branches: z.array(z.object({ name: z.string() })),
});
const DeploymentEvent = z.object({
  deployment: z.object({ ref: z.string(), sha: z.string() }),
});

/** What is read of an event about a change: where it happened, and why it is nothing for us if so. */
type Read = (Omit<Touched, 'project' | 'event' | 'actor'> & { readonly dropped?: string }) | undefined;

export function changeEvents(hook: Hook): Judged {
  const read = readChange(hook);
  if (read === undefined) return undefined;
  const { dropped, ...touched } = read;
  if (dropped !== undefined) return { ignored: dropped };
  if (touched.items.length === 0) return { ignored: `${hook.name} is about no branch of ours` };
  if (!hook.project) return { ignored: `${hook.name} names no repository` };
  const by = senderActor(hook);
  return touchEvents({ ...touched, project: hook.project, event: hook.name, ...by });
}

function readChange(hook: Hook): Read {
  const { event, action = '' } = hook;
  if (event === 'pull_request') return PULL_REQUEST_ACTIONS.test(action) ? pullRequest(hook) : undefined;
  if (event === 'pull_request_review') return REVIEW_ACTIONS.test(action) ? pullRequest(hook) : undefined;
  if (event === 'pull_request_review_comment' || event === 'pull_request_review_thread') return pullRequest(hook);
  if (event === 'check_run') return /^(rerequested|requested_action)$/.test(action) ? checkRun(hook) : undefined;
  if (event === 'check_suite') return SUITE_ACTIONS.test(action) ? checkSuite(hook) : undefined;
  if (event === 'push') return push(hook);
  if (event === 'status') return status(hook);
  if (event === 'deployment_status') return deploymentStatus(hook);
  return undefined;
}

function pullRequest({ name, payload, project }: Hook): Read {
  const { pull_request, review, comment } = parse(PullRequestEvent, payload, `the GitHub webhook ${name}`);
  const { number, head } = pull_request;
  const text = review ?? comment;
  // A branch of a fork may have any name.
  const isFork = head.repo && head.repo.full_name.toLowerCase() !== project?.toLowerCase();
  const items = isFork ? [] : itemsOfBranch(head.ref);
  const where = { items, number, branch: head.ref, head: head.sha };
  if (!text) return where;
  if (commentMarker(text.body ?? '') !== undefined) return { ...where, dropped: 'the remark is our own' };
  if (mayWrite(text.author_association)) return where;
  return { ...where, dropped: 'its author may not write to the repository' };
}

/** A click on a button of ours: who clicked is the actor. */
function checkRun({ name, payload }: Hook): Read {
  const { check_run: check, requested_action } = parse(CheckRunEvent, payload, `the GitHub webhook ${name}`);
  const branch = check.check_suite?.head_branch ?? undefined;
  const mission = MISSION.exec(check.external_id ?? '')?.[1];
  return {
    items: mission === undefined ? itemsOfBranch(branch ?? '') : [mission],
    ...(branch && { branch }),
    ...{ head: check.head_sha, check: check.name.slice(0, 300) },
    ...(requested_action && { button: requested_action.identifier }),
  };
}

function checkSuite({ name, payload }: Hook): Read {
  const { head_branch, head_sha } = parse(CheckSuiteEvent, payload, `the GitHub webhook ${name}`).check_suite;
  if (!head_branch) return { items: [] };
  return { items: itemsOfBranch(head_branch), branch: head_branch, head: head_sha };
}

function push({ name, payload }: Hook): Read {
  const { ref, after } = parse(PushEvent, payload, `the GitHub webhook ${name}`);
  const branch = ref.replace(/^refs\/heads\//, '');
  return { items: ref === branch ? [] : itemsOfBranch(branch), branch, head: after };
}

function status({ name, payload }: Hook): Read {
  const { sha, context, branches } = parse(StatusEvent, payload, `the GitHub webhook ${name}`);
  return { items: branches.flatMap((branch) => itemsOfBranch(branch.name)), head: sha, check: context.slice(0, 300) };
}

function deploymentStatus({ name, payload }: Hook): Read {
  const { ref, sha } = parse(DeploymentEvent, payload, `the GitHub webhook ${name}`).deployment;
  return { items: itemsOfBranch(ref), branch: ref, head: sha };
}
