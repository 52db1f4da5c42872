import type { ChangeSetOutcome, ReadyPart, SetLink, SetPartOutcome } from '../schemas/change-set.js';
import type { MissionResult } from '../schemas/outcome.js';
import type { FoldedSource, WorkItem } from '../schemas/work-item.js';
import type { MissionStatus } from './messages.js';
import type { ChangeSetStatus } from './set-messages.js';
import { quote } from './story.js';

// What a change set knows of its parts, and what it says of them. Pure.

export class ChangeSetState {
  readonly item: WorkItem;
  readonly repos: readonly string[];
  stage: ChangeSetStatus['stage'] = 'working';
  /** Why not all of them land. */
  stopped?: string;
  /** Missions of it. */
  running = 0;
  /** Other items that tell of the same work. */
  alsoFrom: readonly FoldedSource[];
  readonly #startedAt = new Date().toISOString();
  readonly #ready = new Map<string, ReadyPart>();
  readonly #ended = new Map<string, SetPartOutcome>();

  constructor(item: WorkItem) {
    this.item = item;
    this.repos = item.repos ?? [item.repo];
    this.alsoFrom = item.alsoFrom ?? [];
  }

  readied(part: ReadyPart): void {
    this.#ready.set(part.repo, part);
  }

  end(part: SetPartOutcome): void {
    this.#ended.set(part.repo, part);
    if (part.result !== 'shipped') this.stopped ??= `${part.repo}: ${part.result}, ${part.because}`;
  }

  hasEnded(repo: string): boolean {
    return this.#ended.has(repo);
  }

  /** Each waits, or has landed already because a person merged it. */
  isReady(): boolean {
    return this.repos.every((repo) => this.#ready.has(repo) || this.#ended.get(repo)?.result === 'shipped');
  }

  ready(): readonly ReadyPart[] {
    return this.repos.flatMap((repo) => this.#ready.get(repo) ?? []);
  }

  /** Pull requests of the others. */
  links(of: string): readonly SetLink[] {
    return this.ready().flatMap(({ repo, url }) => (url === undefined || repo === of ? [] : [{ repo, url }]));
  }

  /** In their order. */
  landed(): readonly SetPartOutcome[] {
    return this.repos.flatMap((repo) => this.#ended.get(repo) ?? []).filter(({ result }) => result === 'shipped');
  }

  takenBack(part: SetPartOutcome, reverted: NonNullable<SetPartOutcome['reverted']>): void {
    this.#ended.set(part.repo, { ...part, reverted });
  }

  status(): ChangeSetStatus {
    const ended = this.repos.flatMap((repo) => this.#ended.get(repo) ?? []);
    return { item: this.item.key, stage: this.stage, ready: this.ready(), ended };
  }

  /** As a mission's, for those who ask for the work by its item. */
  shown(): MissionStatus {
    const { item, repos, stage } = this;
    const since = this.#startedAt;
    return {
      ...{ item: item.key, title: item.title, repo: repos.join(', '), source: item.source, stage: `set-${stage}` },
      ...{ since, startedAt: since, paused: false, planVersion: 0, tasks: [] },
      notes: detailsOf(this.status()).split('\n').slice(1),
    };
  }

  outcome(): ChangeSetOutcome {
    const { ended: parts } = this.status();
    const first = parts.find(({ result }) => result !== 'shipped' && result !== 'cancelled');
    const result: MissionResult = this.stopped === undefined ? 'shipped' : (first?.result ?? 'cancelled');
    const because = this.stopped ?? `all are merged: ${this.repos.join(', ')}`;
    const left = parts.flatMap(({ repo, reverted }) =>
      reverted && 'not' in reverted ? [`${repo} is merged and was not taken back: ${reverted.not}`] : [],
    );
    return { item: this.item.key, result, because: [because, ...left].join('; '), parts };
  }

  /** What the ticket is told at the end. */
  words(): string {
    const { result, because, parts } = this.outcome();
    const lines = parts.map((part) => `- \`${part.repo}\`: ${wordsOf(part)}`);
    return [`**${result}**: ${quote(because, 1000)}`, '', ...lines].join('\n');
  }
}

function wordsOf({ result, because, mergeCommit, reverted }: SetPartOutcome): string {
  const merged = mergeCommit === undefined ? '' : ` as ${mergeCommit.slice(0, 12)}`;
  if (reverted && 'commit' in reverted) return `merged${merged}, taken back by ${reverted.commit.slice(0, 12)}`;
  if (reverted) return `merged${merged}, **not taken back**: ${quote(reverted.not, 500)}`;
  return result === 'shipped' ? `merged${merged}` : `${result}, ${quote(because, 500)}`;
}

/** Its business key: `ENG-1.web`. */
export function partOf({ repos, ...item }: WorkItem, repo: string, set: string): WorkItem {
  return {
    ...item,
    ...{ key: `${item.key}.${repo}`, repo, inSet: { workflow: set, repos: [...(repos ?? [repo])] } },
    ...fromWhole(item),
  };
}

/** The ticket is told of each part, and its state is left to the set. */
function fromWhole({ key, source, alsoFrom = [] }: WorkItem): Pick<WorkItem, 'source' | 'alsoFrom'> {
  const { session: _whole, ...ticket } = source;
  const whole = [{ ...ticket, item: key }, ...alsoFrom].map((one) => ({ ...one, whole: true }));
  return { source: { kind: 'api', id: key, ...(source.url !== undefined && { url: source.url }) }, alsoFrom: whole };
}

export function revertOf({ repos: _all, ...item }: WorkItem, repo: string, why: string): WorkItem {
  return {
    ...item,
    ...{ key: `${item.key}.${repo}.revert`, repo, risk: 'low', type: 'chore', severity: 'urgent' },
    title: `Take back: ${item.title}`.slice(0, 300),
    problem: `It belongs to a change in several repositories that did not land: ${quote(why, 500)}`,
    expected: 'What it changed is as it was before.',
    acceptance: ['what passed before it was merged passes without it'],
    ...fromWhole(item),
  };
}

export function detailsOf({ item, stage, ready, ended }: ChangeSetStatus): string {
  const lines = [
    ...ready.map(({ repo, head }) => `- ${repo}: ready, ${head.slice(0, 12)}`),
    ...ended.map((part) => `- ${part.repo}: ${wordsOf(part)}`),
  ];
  return [`**${item}**: ${stage}`, ...lines].join('\n');
}
