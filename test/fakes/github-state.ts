import type { GithubRepo } from './github-repo.js';

// What is at the fake GitHub, and what becomes of it by the requests that change something.

export interface FakePull {
  readonly number: number;
  title: string;
  body: string;
  draft: boolean;
  state: 'open' | 'closed';
  labels: string[];
  readonly branch: string;
  readonly base: string;
  readonly author: string;
  merged?: { readonly at: string; readonly commit: string };
  head: string;
}

export interface FakeRemark {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly body: string;
  readonly at: string;
  /** Of a remark on a line. */
  readonly line?: { readonly path: string; readonly line: number; readonly commit: string; readonly thread?: number };
}

export interface FakeIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  labels: string[];
}

export interface FakeRules {
  readonly approvals: number;
  readonly checks: readonly string[];
  readonly upToDate: boolean;
  readonly pullsOnly: boolean;
  readonly mergeQueue?: boolean;
}

export interface FakeCheck {
  readonly id: number;
  readonly commit: string;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly external_id: string | null;
  readonly title: string;
  readonly actions: readonly unknown[];
}

export interface FakeQueueEntry {
  readonly id: string;
  readonly number: number;
  readonly enqueuedAt: string;
}

export class GithubState {
  /** GitHub's own merge queue, the next one first. */
  readonly queue: FakeQueueEntry[] = [];
  readonly removed: {
    readonly id: string;
    readonly number: number;
    readonly reason: string;
    readonly createdAt: string;
  }[] = [];
  readonly pulls: FakePull[] = [];
  readonly remarks: FakeRemark[] = [];
  readonly reviews: {
    id: number;
    number: number;
    author: string;
    state: string;
    body: string;
    commit: string;
    at: string;
  }[] = [];
  readonly statuses: {
    id: number;
    commit: string;
    context: string;
    state: string;
    title: string;
    url: string | null;
  }[] = [];
  readonly checks: FakeCheck[] = [];
  readonly issues: FakeIssue[] = [];
  /** By login, what they may do; everybody else may read. */
  readonly permissions = new Map([['ada', 'write']]);
  readonly rules = new Map<string, FakeRules>();
  /** Every change that a request made, in order. */
  readonly ledger: string[] = [];
  readonly repo: GithubRepo;
  #ids = 100;
  #clock = Date.parse('2026-11-21T12:00:00Z');

  constructor(repo: GithubRepo) {
    this.repo = repo;
  }

  nextId(): number {
    return ++this.#ids;
  }

  /** A second later each time: GitHub tells no less. */
  now(): string {
    this.#clock += 1_000;
    return new Date(this.#clock).toISOString().replace('.000', '');
  }

  /** As it is now: pushes move heads, and what has come into the base is merged. */
  pull(number: number): FakePull | undefined {
    const pull = this.pulls.find((one) => one.number === number);
    if (!pull || pull.state === 'closed') return pull;
    pull.head = this.repo.head(pull.branch) ?? pull.head;
    if (this.repo.contains(pull.base, pull.head)) this.#merged(pull, this.repo.mergedBy(pull.base, pull.head));
    return pull;
  }

  /** Refused with GitHub's words. */
  open(given: {
    title: string;
    body: string;
    head: string;
    base: string;
    draft: boolean;
    author: string;
  }): FakePull | string {
    const head = this.repo.head(given.head);
    if (!head || !this.repo.head(given.base)) return 'Validation Failed: head or base is invalid';
    if (this.repo.contains(given.base, head)) return `No commits between ${given.base} and ${given.head}`;
    const twin = this.pulls.some(({ number, branch }) => branch === given.head && this.pull(number)?.state === 'open');
    if (twin) return `A pull request already exists for acme:${given.head}.`;
    const { title, body, draft, author } = given;
    const pull: FakePull = {
      ...{ number: this.pulls.length + 1, title, body, draft, author, branch: given.head, base: given.base, head },
      ...{ state: 'open' as const, labels: [] },
    };
    this.pulls.push(pull);
    this.ledger.push('open');
    return pull;
  }

  /** Refused with GitHub's words. */
  merge(
    pull: FakePull,
    { sha, message }: { readonly sha: string; readonly message: string },
  ): { commit: string } | string {
    const rules = this.rules.get(pull.base);
    const approvals = this.reviews.filter(({ number, state }) => number === pull.number && state === 'APPROVED').length;
    if (pull.state === 'closed') return 'Pull Request is not mergeable';
    if (pull.draft) return 'Pull Request is still a draft';
    if (rules?.mergeQueue) return 'Changes must be made through the merge queue';
    if (rules && approvals < rules.approvals) {
      return `At least ${rules.approvals} approving review is required by reviewers with write access.`;
    }
    if (rules?.upToDate && !this.repo.contains(pull.branch, this.repo.head(pull.base) ?? '')) {
      return 'This branch must be up to date with the base branch before it can be merged';
    }
    if (sha !== pull.head) return 'Head branch was modified. Review and try the merge again.';
    this.#merged(pull, this.repo.merge(pull.base, pull.head, message));
    this.ledger.push('merge');
    return { commit: pull.merged?.commit ?? '' };
  }

  /** Into GitHub's own merge queue. Refused with GitHub's words. */
  enqueue(pull: FakePull, expectedHead: string | undefined): FakeQueueEntry | string {
    if (!this.rules.get(pull.base)?.mergeQueue) return 'Merge queue is not enabled for the base branch';
    if (pull.state === 'closed') return 'Pull request is closed';
    if (pull.draft) return 'Pull request is in draft state';
    if (this.queue.some(({ number }) => number === pull.number)) return 'Pull request is already in the queue';
    if (expectedHead !== undefined && expectedHead !== pull.head) return 'Head sha did not match expected head';
    const entry = { id: `MQE_${this.nextId()}`, number: pull.number, enqueuedAt: this.now() };
    this.queue.push(entry);
    this.ledger.push('enqueue');
    return entry;
  }

  /** GitHub takes it out of its queue. */
  dequeue(number: number, reason: string): void {
    this.#leaveQueue(number);
    this.removed.push({ id: `RFMQE_${this.nextId()}`, number, reason, createdAt: this.now() });
  }

  /** GitHub merges what is next in its queue, by a commit of its own. */
  mergeNext(): void {
    const pull = this.pull(this.queue[0]?.number ?? 0);
    if (!pull) throw new Error('nothing is in the queue');
    this.#merged(pull, this.repo.merge(pull.base, pull.head, `Merge pull request #${pull.number}`));
  }

  #leaveQueue(number: number): void {
    const at = this.queue.findIndex((entry) => entry.number === number);
    if (at >= 0) this.queue.splice(at, 1);
  }

  #merged(pull: FakePull, commit: string): void {
    this.#leaveQueue(pull.number);
    pull.state = 'closed';
    pull.merged = { at: this.now(), commit };
  }
}
