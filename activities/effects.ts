import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { EffectEntry, EffectKind } from '../schemas/effect.js';
import { timeLimit } from '../schemas/time-limit.js';
import { permanent, transient } from './failure.js';
import { beating } from './host.js';
import type { Acted, EffectLedger, EffectProvider, EffectRequests } from './ports-effects.js';

// The one way in which Signalbox changes anything outside of itself; docs/effects.md has the reasons.

/** What a write in flight is given to end by itself when its mission is cancelled: its outcome is known then. */
const SETTLE_MS = 5_000;

export interface EffectPorts {
  readonly ledger: EffectLedger;
  /** Throws while no effect may be made. Asked right before every write. */
  readonly permitted: () => Promise<void>;
}

export interface Effect<Kind extends EffectKind> {
  readonly kind: Kind;
  /** Equal keys are one effect, whoever asks and however often; unique among the effects of its kind. */
  readonly key: string;
  readonly request: EffectRequests[Kind];
  readonly provider: EffectProvider<EffectRequests[Kind]>;
}

export interface Effects {
  /**
   * Makes the effect unless it has been made: asks the ledger, looks at the provider, makes sure that no later attempt
   * has taken over, acts, records. Runs in an activity, beats, and throws what the activity is to fail with.
   */
  once<Kind extends EffectKind>(effect: Effect<Kind>): Promise<Acted>;
  /** What is left of an effect at its provider; undefined when the ledger does not know that it was made. */
  trace(kind: EffectKind, key: string): Promise<string | undefined>;
}

export function createEffects({ ledger, permitted }: EffectPorts): Effects {
  return {
    once: (effect) => beating(() => new Attempt(ledger, permitted, effect).make()),
    async trace(kind, key) {
      const done = (await ledger.read(ledgerKey(kind, key))).find(({ step }) => step === 'done');
      return done?.step === 'done' ? done.trace : undefined;
    },
  };
}

function ledgerKey(kind: EffectKind, key: string): string {
  return `${kind} ${key}`;
}

/** Tells an activity from all others, and not its attempts from each other. */
export function thisStep(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return `${workflowExecution?.runId}/${activityId}`;
}

class Attempt<Kind extends EffectKind> {
  readonly #begun = performance.now();
  readonly #info = Context.current().info;
  readonly #cancelled = Context.current().cancellationSignal;
  readonly #ledger: EffectLedger;
  readonly #permitted: () => Promise<void>;
  readonly #effect: Effect<Kind>;
  readonly #line: Omit<EffectEntry, 'at' | 'step'>;

  constructor(ledger: EffectLedger, permitted: () => Promise<void>, effect: Effect<Kind>) {
    this.#ledger = ledger;
    this.#permitted = permitted;
    this.#effect = effect;
    const { workflowExecution, currentAttemptScheduledTimestampMs, attempt } = this.#info;
    this.#line = {
      kind: effect.kind,
      key: ledgerKey(effect.kind, effect.key),
      content: digest(effect.request),
      by: `${workflowExecution?.workflowId} ${thisStep()}`,
      scheduledAt: currentAttemptScheduledTimestampMs,
      attempt,
    };
  }

  async make(): Promise<Acted> {
    const known = await this.#recall();
    const done = known.find(({ step }) => step === 'done');
    if (done?.step === 'done') return { trace: done.trace, already: true };
    await this.#othersSettled(known);
    const seen = await this.#look(known);
    if (!('absent' in seen)) return this.#record('moved' in seen ? seen : { trace: seen.trace, already: true });
    const acted = await this.#act(known, seen.mark).catch((error: unknown) => this.#failed(error));
    if (!('moved' in acted)) return this.#record(acted);
    // An earlier attempt may have come through late, and somebody have built on that since.
    const now = await this.#look(known);
    return this.#record('trace' in now ? { trace: now.trace, already: true } : acted);
  }

  /** What is known of the effect. Refuses to take one key for two effects. */
  async #recall(): Promise<readonly EffectEntry[]> {
    const known = await this.#ledger.read(this.#line.key);
    const other = known.find(({ content }) => content !== this.#line.content);
    if (!other) return known;
    throw permanent(
      'BadInput',
      `two effects have the key "${this.#line.key}": ${this.#line.by} asks for something else than ${other.by} did at ${other.at}; one of them needs a key of its own`,
    );
  }

  /**
   * Where the provider does not refuse a late write: waits until no earlier attempt can be in the middle of its own. One
   * that has died says nothing, so time does.
   */
  async #othersSettled(known: readonly EffectEntry[]): Promise<void> {
    if (this.#effect.provider.fenced) return;
    const open = known.filter((entry) => entry.step === 'intended').filter((entry) => !ended(entry, known));
    const until = Math.max(0, ...open.map((entry) => Date.parse(entry.until)));
    // A clock that is wrong does not hold an effect up for longer than a write can take.
    const wait = Math.min(until - Date.now(), this.#effect.provider.actMs);
    if (wait > 0) await sleep(wait, undefined, { signal: this.#cancelled }).catch(() => this.#alive());
  }

  async #look(known: readonly EffectEntry[]) {
    const { request, provider } = this.#effect;
    const first = known.find(({ step }) => step === 'intended');
    const mark = first?.step === 'intended' ? first.mark : undefined;
    try {
      return await provider.look(request, { signal: this.#cancelled, ...(mark !== undefined && { mark }) });
    } catch (error) {
      // What a look that was broken off says about the provider does not count.
      this.#alive();
      throw error;
    }
  }

  /** Says what it is about to do, makes sure that it still may, and does it. */
  async #act(known: readonly EffectEntry[], mark: string | undefined): Promise<Acted> {
    const { request, provider } = this.#effect;
    const until = Date.now() + provider.actMs;
    const left = this.#info.startToCloseTimeoutMs - (performance.now() - this.#begun);
    if (left < provider.actMs) {
      throw transient('Superseded', `a write may take longer than the ${Math.round(left)} ms that are left`);
    }
    await this.#append({ step: 'intended', until: new Date(until).toISOString(), ...(mark !== undefined && { mark }) });
    await this.#permitted();
    await this.#fence(known);
    const signal = timeLimit(Math.max(0, until - Date.now()), this.#settling());
    return provider.act(request, { signal });
  }

  /** Throws unless this is the attempt that writes: of any two that said so, at least one sees the other here. */
  async #fence(known: readonly EffectEntry[]): Promise<void> {
    const others = (await this.#recall()).filter((entry) => !isSame(entry, this.#line));
    const isNew = (entry: EffectEntry) => !known.some((one) => isSame(one, entry)) && !ended(entry, others);
    const later = others.find((entry) => entry.step === 'done' || isLater(entry, this.#line) || isNew(entry));
    if (later) throw transient('Superseded', `attempt ${later.attempt} of ${later.by} has taken over ${later.key}`);
    this.#alive();
  }

  /** Throws when Temporal has no use for this attempt any more: cancelled, timed out, its worker shutting down. */
  #alive(): void {
    this.#cancelled.throwIfAborted();
  }

  /** Ends the write some seconds after the cancellation: to break it off at once undoes nothing. */
  #settling(): AbortSignal {
    const late = new AbortController();
    const abort = () => setTimeout(() => late.abort(), SETTLE_MS).unref();
    if (this.#cancelled.aborted) abort();
    else this.#cancelled.addEventListener('abort', abort, { once: true });
    return late.signal;
  }

  async #failed(error: unknown): Promise<never> {
    await this.#append({ step: 'failed', because: String(error instanceof Error ? error.message : error) });
    this.#alive();
    throw error;
  }

  async #record(acted: Acted): Promise<Acted> {
    if ('moved' in acted) await this.#append({ step: 'moved', to: acted.moved });
    else await this.#append({ step: 'done', ...acted });
    return acted;
  }

  async #append(step: Step): Promise<void> {
    await this.#ledger.append({ ...this.#line, ...step, at: new Date().toISOString() } as EffectEntry);
  }
}

type Step =
  | Pick<EffectEntry & { step: 'intended' }, 'step' | 'until' | 'mark'>
  | Pick<EffectEntry & { step: 'done' }, 'step' | 'trace' | 'already'>
  | Pick<EffectEntry & { step: 'moved' }, 'step' | 'to'>
  | Pick<EffectEntry & { step: 'failed' }, 'step' | 'because'>;

type Order = Pick<EffectEntry, 'scheduledAt' | 'attempt' | 'by'>;

/** Temporal schedules one attempt at a time, so the order of its schedule is the order of the attempts. */
function isLater(one: Order, other: Order): boolean {
  if (one.scheduledAt !== other.scheduledAt) return one.scheduledAt > other.scheduledAt;
  return one.by === other.by && one.attempt > other.attempt;
}

function isSame(one: Order, other: Order): boolean {
  return one.by === other.by && one.scheduledAt === other.scheduledAt && one.attempt === other.attempt;
}

/** Whether the attempt that began here says that it has ended. */
function ended(begun: EffectEntry, entries: readonly EffectEntry[]): boolean {
  return entries.some((entry) => entry.step !== 'intended' && isSame(entry, begun));
}

/** Equal requests have equal digests, in whatever order their fields come. */
function digest(request: object): string {
  return createHash('sha256').update(JSON.stringify(request, inOrder)).digest('hex');
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
