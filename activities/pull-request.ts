import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Finding } from '../schemas/finding.js';
import type { BranchProtection, PullRequest, QueuePlace, Review, ReviewComment } from '../schemas/pull-request.js';
import type { Effects } from './effects.js';
import { permanent, transient } from './failure.js';
import type { Depot, Forge } from './ports.js';
import type {
  Acted,
  Check,
  Enqueueing,
  PullRequestEdit,
  PullRequestForgeWrites,
  PullRequestOpening,
  Reply,
} from './ports-effects.js';
import type { PullRequestForge } from './ports-forge.js';
import type { People } from './ports-people.js';
import { byAuthor, type SaidThere } from './remark-authors.js';

/** What a person says on a pull request, as a finding that keeps its id however often it is read. */
export interface PersonsRemark extends Finding {
  /** Id at the forge: where the answer goes. */
  readonly remark: string;
  readonly by: string;
  /** Who said it may not write to the repository: it is shown, and nothing is done for it. */
  readonly outsider?: true;
}

/** A pull request as it is now, without what we said there ourselves and what other programs did. */
export interface PullRequestNow {
  readonly state: PullRequest['state'];
  readonly draft: boolean;
  readonly head: string;
  readonly mergeCommit?: string;
  /** Of `mergeCommit`. */
  readonly mergedTree?: string;
  /** Oldest first; those of outsiders last. */
  readonly remarks: readonly PersonsRemark[];
  /** The last verdict of each person whose word counts, who gave one and has not taken it back. */
  readonly verdicts: readonly Pick<Review, 'author' | 'verdict' | 'commit' | 'url'>[];
  readonly protection: BranchProtection;
}

export interface PullRequestId {
  readonly number: number;
  readonly url: string;
}

interface Keyed {
  /** Equal keys are one effect. */
  readonly effectKey: string;
}

/** On forges that have pull requests. */
export interface PullRequestActivities {
  openPullRequest(input: PullRequestOpening & Keyed): Promise<PullRequestId & { readonly already: boolean }>;
  editPullRequest(input: PullRequestEdit & Keyed): Promise<{ readonly already: boolean }>;
  /** The link to the details is made here: it is that of the run that reports. */
  reportCheck(input: Omit<Check, 'detailsUrl'> & Keyed): Promise<{ readonly already: boolean }>;
  replyOnPullRequest(input: Reply): Promise<{ readonly already: boolean }>;
  /** Into the merge queue of its forge. `moved`: its head is another one by now. */
  enqueuePullRequest(
    input: Enqueueing & Keyed,
  ): Promise<{ readonly queued: true; readonly already: boolean } | { readonly moved: string | null }>;
  /** How it stands there. Fails for good with `BadInput` where the forge has none. */
  readMergeQueue(input: { readonly repo: string; readonly number: number }): Promise<QueuePlace>;
  /** Fails for good with `ItemNotFound` when there is none. */
  readPullRequest(input: { readonly repo: string; readonly number: number }): Promise<PullRequestNow>;
}

export interface PullRequestPorts {
  readonly forge: Pick<Forge, 'location'> & PullRequestForge & PullRequestForgeWrites;
  readonly depot: Pick<Depot, 'fetch' | 'treeOf'>;
  readonly effects: Effects;
  /** Undefined: nobody has written a people.yaml. */
  readonly people?: People | undefined;
  /** Where people see a run of a workflow. */
  readonly runUrl: (run: { readonly workflowId: string; readonly runId: string }) => string;
}

/** A remark that begins so is an order, which the doors take. */
const ORDER = /^\s*\/signalbox\b/;
/** What is taken of one remark, and how many of them. */
const REMARK_CHARACTERS = 4_000;
const REMARKS = 200;
/** Of outsiders: enough to be shown. The first ones, so that who says more and more changes nothing. */
const OUTSIDERS = 20;
const OUTSIDER_CHARACTERS = 400;

export function createPullRequestActivities(ports: PullRequestPorts): PullRequestActivities {
  const { forge, depot, effects, people, runUrl } = ports;
  const writes = (repo: string) => forge.pullRequestWrites(repo) ?? noneAt(repo);
  const reads = (repo: string) => forge.pullRequests(repo) ?? noneAt(repo);
  return {
    async openPullRequest({ effectKey: key, ...request }) {
      const { repo, branch } = request;
      const provider = writes(repo).openings;
      const acted = await effects.once({ kind: 'pull-request', key, request, provider });
      const made = await reads(repo).find(repo, branch);
      if (!made) throw transient('VendorUnavailable', `the pull request of ${branch} in ${repo} is not shown yet`);
      return { number: made.number, url: made.url, ...already(acted) };
    },

    async editPullRequest({ effectKey: key, ...request }) {
      const provider = writes(request.repo).edits;
      return already(await effects.once({ kind: 'pull-request-edit', key, request, provider }));
    },

    async reportCheck({ effectKey: key, ...check }) {
      const { workflowExecution } = Context.current().info;
      const detailsUrl = workflowExecution ? runUrl(workflowExecution) : null;
      const provider = writes(check.repo).checks;
      return already(await effects.once({ kind: 'check', key, request: { ...check, detailsUrl }, provider }));
    },

    async replyOnPullRequest(request) {
      const provider = writes(request.repo).replies;
      return already(await effects.once({ kind: 'reply', key: request.effectKey, request, provider }));
    },

    async enqueuePullRequest({ effectKey: key, ...request }) {
      const provider = writes(request.repo).enqueues ?? noQueueAt(request.repo);
      const acted = await effects.once({ kind: 'enqueue', key, request, provider });
      return 'moved' in acted ? acted : { queued: true, already: acted.already };
    },

    async readMergeQueue({ repo, number }) {
      const { queue = noQueueAt(repo) } = reads(repo);
      return queue(repo, number);
    },

    async readPullRequest({ repo, number }) {
      const pulls = reads(repo);
      const now = await pulls.read(repo, number);
      const [comments, reviews, protection] = await Promise.all([
        pulls.comments(repo, number),
        pulls.reviews(repo, number),
        pulls.protection(repo, now.base),
      ]);
      const theirs = comments.filter(({ ours }) => !ours);
      const said = await byAuthor({ comments: theirs, reviews }, { repo, pulls, people });
      const { state, draft, head, mergeCommit } = now;
      return {
        ...{ state, draft, head, protection },
        ...(mergeCommit !== undefined && {
          mergeCommit,
          mergedTree: await treeIn({ forge, depot }, repo, now.base, mergeCommit),
        }),
        remarks: [
          ...remarksOf(`${repo}/${number}`, said.counts).slice(-REMARKS),
          ...remarksOf(`${repo}/${number}`, said.others).slice(0, OUTSIDERS).map(asOutsider),
        ],
        verdicts: verdictsOf(said.counts.reviews),
      };
    },
  };
}

async function treeIn(
  { forge, depot }: Pick<PullRequestPorts, 'forge' | 'depot'>,
  repo: string,
  branch: string,
  commit: string,
): Promise<string> {
  await depot.fetch(forge.location(repo), branch);
  return depot.treeOf(repo, commit);
}

/** What people say, on lines and on the whole; oldest first. */
export function remarksOf(
  pullRequest: string,
  { comments, reviews }: SaidThere<ReviewComment, Review>,
): PersonsRemark[] {
  const said = [
    ...comments.filter(({ ours, bot, resolved }) => !ours && !bot && resolved !== true),
    ...reviews.filter(({ bot, dismissed }) => !bot && !dismissed),
  ];
  return said
    .filter(({ body }) => body.trim() !== '' && !ORDER.test(body))
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .map((remark): PersonsRemark => {
      const about = 'path' in remark ? remark : undefined;
      return {
        id: createHash('sha256').update(`persons-remark\0${pullRequest}\0${remark.id}`).digest('hex').slice(0, 16),
        ...{ remark: remark.id, by: remark.author.name ?? remark.author.id },
        ...{
          rule: 'persons-remark',
          risk: 'low',
          path: about?.path ?? '',
          message: remark.body.slice(0, REMARK_CHARACTERS),
        },
        severity: 'verdict' in remark && remark.verdict === 'changes-requested' ? 'blocker' : 'note',
        ...(about?.line !== undefined && { line: about.line }),
      };
    });
}

function asOutsider(remark: PersonsRemark): PersonsRemark {
  return { ...remark, severity: 'note', message: remark.message.slice(0, OUTSIDER_CHARACTERS), outsider: true };
}

/** The last word of each person: a mere comment takes nothing back. */
export function verdictsOf(reviews: readonly Review[]): PullRequestNow['verdicts'] {
  const last = new Map<string, Review>();
  for (const review of reviews.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    if (!review.bot && review.verdict !== 'commented') last.set(review.author.id, review);
  }
  return [...last.values()]
    .filter(({ dismissed }) => !dismissed)
    .map(({ author, verdict, commit, url }) => ({ author, verdict, commit, url }));
}

function noneAt(repo: string): never {
  throw permanent('BadInput', `the forge of ${repo} has no pull requests`);
}

function noQueueAt(repo: string): never {
  throw permanent('BadInput', `the forge of ${repo} has no merge queue of its own`);
}

function already(acted: Acted): { readonly already: boolean } {
  return { already: 'moved' in acted || acted.already };
}
