// The search itself: candidates in their fixed order, judged in batches, until one is plausible or the budget ends.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Candidate, RepairProgress, RepairRequest, RepairResult } from '../schemas/repair.js';
import { type Baseline, examine } from './baseline.js';
import { apply, type Proposal, propose, summarise, toCandidate } from './candidates.js';
import { compare } from './confidence.js';
import { listFiles, matcher } from './files.js';
import { placesOf } from './places.js';
import type { Runner, Verdict } from './runner.js';
import { wordsOf } from './words.js';

export type SearchRequest = Extract<RepairRequest, { do: 'search' }>;

interface SearchOptions {
  readonly root: string;
  readonly request: SearchRequest;
  readonly runner: Runner;
  readonly progress: (progress: RepairProgress) => void;
}

/** How far to look for alternatives behind the first plausible candidate, and for how long. */
const BEYOND = 120;
const BEYOND_MS = 1200;
const MOST_ALTERNATIVES = 8;
/** After so many candidates that were given up early each gets its whole time at once. */
const MOST_LATE = 40;

interface Chosen {
  readonly proposal: Proposal;
  readonly index: number;
  readonly text: string;
}

export class Search {
  readonly #options: SearchOptions;
  readonly #texts = new Map<string, string>();
  readonly #started = performance.now();
  readonly #plausible: { readonly candidate: Candidate; readonly passes: number; readonly index: number }[] = [];
  #index: number;
  #tried = 0;
  #best = { passed: 0, text: undefined as string | undefined };

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#index = options.request.startAt;
  }

  async run(): Promise<RepairResult> {
    const { root, request, runner } = this.#options;
    const files = listFiles({ root, module: request.module });
    const sources = new Set(files.sources);
    const touches = matcher(request.touches);
    const mayEdit = (file: string) => sources.has(file) && touches(file);
    const baseline = await examine({
      runner,
      tests: files.tests,
      wanted: request.targets,
      mayEdit,
      read: (file) => this.#read(file),
    });
    if ('reason' in baseline)
      return { status: 'cannot-do', ...baseline, suspicious: [...baseline.suspicious], ...this.#counts() };
    const places = placesOf({ lines: baseline.region.lines, read: (file) => this.#read(file) });
    const proposals = propose({ places, words: wordsOf(request.words), hangs: baseline.hangs });
    await this.#judgeAll({ baseline, proposals });
    return this.#plausible.length > 0 ? this.#found(baseline) : this.#empty({ baseline, proposals });
  }

  async #judgeAll({
    baseline,
    proposals,
  }: {
    readonly baseline: Baseline;
    readonly proposals: readonly Proposal[];
  }): Promise<void> {
    const { request, runner } = this.#options;
    const rejected = new Set(request.rejected);
    const texts = new Set<string>();
    let lastIndex = Number.POSITIVE_INFINITY;
    const deadline = this.#started + request.seconds * 1000;
    let lastMoment = deadline;
    let size = Math.min(8, runner.batch);
    const late: Chosen[] = [];
    while (
      this.#index < Math.min(proposals.length, lastIndex) &&
      this.#tried < this.#most &&
      performance.now() < lastMoment
    ) {
      const batch: Chosen[] = [];
      while (batch.length < size && this.#index < proposals.length && this.#tried + batch.length < this.#most) {
        const proposal = proposals[this.#index];
        const index = this.#index++;
        if (!proposal || rejected.has(proposal.id)) continue;
        const text = apply(proposal, this.#read(proposal.path));
        // Two ways to the same text are one candidate, under the name of the first.
        if (texts.has(text) || text === this.#read(proposal.path)) continue;
        texts.add(text);
        batch.push({ proposal, index, text });
      }
      const limits = limitsOf(baseline);
      const quick = baseline.quickMs < limits.limitMs && late.length < MOST_LATE;
      const hung = await this.#judgeBatch({
        ...{ batch, baseline },
        limits: quick ? { ...limits, limitMs: baseline.quickMs } : limits,
      });
      if (quick) late.push(...hung);
      size = runner.batch;
      this.#tried += batch.length;
      this.#report({ total: proposals.length, at: batch.at(-1)?.proposal, from: late[0]?.index });
      if (this.#plausible.length > 0 && lastIndex === Number.POSITIVE_INFINITY) {
        lastIndex = (this.#plausible[0]?.index ?? 0) + BEYOND;
        lastMoment = Math.min(lastMoment, performance.now() + BEYOND_MS);
      }
      if (this.#plausible.length > MOST_ALTERNATIVES) break;
    }
    await this.#judgeLate(late, baseline, deadline);
  }

  /**
   * What was given up early gets its whole time where it comes before all that was found: which candidate is the first
   * must not depend on how busy the machine is.
   */
  async #judgeLate(late: readonly Chosen[], baseline: Baseline, deadline: number): Promise<void> {
    const before = this.#plausible[0]?.index ?? Number.POSITIVE_INFINITY;
    const waiting = late.filter(({ index }) => index < before);
    while (waiting.length > 0 && performance.now() < deadline)
      await this.#judgeBatch({ batch: waiting.splice(0, 8), baseline, limits: limitsOf(baseline) });
    this.#plausible.sort((a, b) => a.index - b.index);
  }

  /** Gives those that did not end in time. */
  async #judgeBatch(given: {
    readonly batch: readonly Chosen[];
    readonly baseline: Baseline;
    readonly limits: ReturnType<typeof limitsOf>;
  }): Promise<readonly Chosen[]> {
    const { batch, baseline, limits } = given;
    const trials = batch.map(({ proposal, text, index }) => ({ key: index, path: proposal.path, text }));
    const judged = await this.#options.runner.judge({ trials, ...limits });
    const verdicts = new Map(judged.map((verdict) => [verdict.key, verdict]));
    const late: Chosen[] = [];
    for (const one of batch) {
      const verdict = verdicts.get(one.index);
      if (verdict && (await this.#weigh({ ...one, verdict, baseline }))) late.push(one);
    }
    return late;
  }

  /** Whether it did not end in time, at first or when it was judged again. */
  async #weigh(given: {
    readonly proposal: Proposal;
    readonly index: number;
    readonly verdict: Verdict;
    readonly baseline: Baseline;
  }): Promise<boolean> {
    const { proposal, index, verdict, baseline } = given;
    const before = this.#read(proposal.path);
    if (verdict.passed > this.#best.passed) {
      this.#best = {
        passed: verdict.passed,
        text: `${summarise(proposal, before)} passes ${verdict.passed} of ${baseline.targets.length} failing tests`,
      };
    }
    if (!verdict.plausible) return verdict.hung;
    // Once more by itself: an earlier candidate of the batch may have left something behind that helped.
    const trial = { key: index, path: proposal.path, text: apply(proposal, before) };
    const [again] = await this.#options.runner.judge({ trials: [trial], ...limitsOf(baseline) });
    if (again?.plausible)
      this.#plausible.push({ candidate: toCandidate(proposal, before), passes: again.passes, index });
    return again?.hung ?? false;
  }

  async #found(baseline: Baseline): Promise<RepairResult> {
    const [first] = this.#plausible;
    if (!first) throw new Error('expected a plausible candidate');
    const candidates = this.#plausible.map((one) => one.candidate);
    const tests = [...baseline.targets, ...baseline.guards];
    const judged = await compare({
      runner: this.#options.runner,
      plausible: candidates,
      tests,
      limitMs: baseline.limitMs,
    });
    return {
      status: 'plausible',
      candidate: first.candidate,
      alternatives: candidates.slice(1),
      ...judged,
      passes: first.passes,
      ...this.#counts(),
      index: first.index,
    };
  }

  #empty({
    baseline,
    proposals,
  }: {
    readonly baseline: Baseline;
    readonly proposals: readonly Proposal[];
  }): RepairResult {
    const all = this.#index >= proposals.length;
    const spent = this.#tried >= this.#most;
    const detail = all
      ? `none of ${proposals.length} small edits makes the failing tests pass`
      : spent
        ? `${this.#tried} candidates were tried, as many as allowed, of ${proposals.length}`
        : `the time is up after ${this.#tried} of ${proposals.length} candidates`;
    const suspicious = baseline.suspicious.slice(0, 40).map((line) => ({ ...line }));
    const best = this.#best.text ? { best: this.#best.text } : {};
    return {
      status: 'cannot-do',
      reason: all || spent ? 'exhausted' : 'out-of-time',
      detail,
      suspicious,
      ...best,
      ...this.#counts(),
    };
  }

  get #most(): number {
    return Math.min(this.#options.request.candidates, this.#options.runner.most);
  }

  #counts() {
    return { index: this.#index, tried: this.#tried, seconds: (performance.now() - this.#started) / 1000 };
  }

  /**
   * Whoever goes on from the index that is told judges again what was given up early (`from`), and also what was
   * found: it is told only when the search is over.
   */
  #report({
    total,
    at,
    from,
  }: {
    readonly total: number;
    readonly at: Proposal | undefined;
    readonly from: number | undefined;
  }): void {
    const line = at ? { line: `${at.path}:${at.line}` } : {};
    const best = this.#best.text ? { best: this.#best.text } : {};
    const index = Math.min(from ?? this.#index, this.#plausible[0]?.index ?? this.#index);
    this.#options.progress({ index, tried: this.#tried, total, ...best, ...line });
  }

  #read(file: string): string {
    const known = this.#texts.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(path.join(this.#options.root, file), 'utf8');
    this.#texts.set(file, text);
    return text;
  }
}

function limitsOf({ targets, guards, limitMs, guardLimitMs }: Baseline) {
  return { targets, guards, limitMs, guardLimitMs };
}
