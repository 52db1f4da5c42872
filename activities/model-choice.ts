import type { ApplicationFailure } from '@temporalio/common';
import type { QuotaWait } from '../schemas/agent.js';
import type { ModelAnswer, ModelRequest } from '../schemas/model.js';
import { permanent, transient } from './failure.js';
import type { Permission } from './halt.js';
import type { ModelHealth } from './model-health.js';
import type { Models, ModelTrouble, ModelWatch } from './ports-models.js';
import { oneLine } from './tool-text.js';

/** A wait for no time at all is not to be followed. */
const SHORTEST_WAIT_MS = 1_000;
/** What is back sooner is waited for by the step; for longer the workflow sleeps, and says so. */
const LONGEST_WAIT_MS = 300_000;
/** A quota whose renewal nobody told: people add credit at any time. */
const UNKNOWN_QUOTA_MS = 600_000;
const REASON_CHARACTERS = 300;

export interface Candidates {
  readonly models: Models;
  readonly health: ModelHealth;
  /** Names, the preferred one first. */
  readonly names: readonly string[];
  /** How long a workflow may wait for quota, all in all. */
  readonly longestQuotaMs: number;
  /** Throws while no call may be paid. */
  readonly permitted: Permission;
}

export interface Answered {
  readonly answer: ModelAnswer;
  /** Why it was not the preferred model that answered. */
  readonly instead?: string;
}

/** A model that did not answer. */
interface Miss {
  readonly name: string;
  readonly kind: ModelTrouble['kind'];
  readonly because: string;
  readonly waitMs?: number;
}

/**
 * The first answer that one of the candidates gives; after trouble the next one is asked at once, unless an answer had
 * begun. Throws a failure that lasts when no wait can help with any of them, or when the workflow has to do the waiting
 * or the paying.
 */
export async function askInTurn(
  { models, health, names, longestQuotaMs, permitted }: Candidates,
  request: Omit<ModelRequest, 'model'>,
  watch: (name: string) => ModelWatch,
): Promise<Answered> {
  const misses: Miss[] = [];
  for (const name of names) {
    const provider = models.cards.find((card) => card.name === name)?.provider ?? name;
    const rest = health.begin(provider);
    if (rest) {
      const because = `${name}: not asked for another ${Math.ceil(rest.forMs / 1000)} s: ${rest.because}`;
      misses.push({ name, kind: rest.kind, because, waitMs: rest.forMs });
      continue;
    }
    const { onText, ...watching } = watch(name);
    let begun = false;
    const listening: ModelWatch = {
      ...watching,
      onText: (text, thought) => {
        begun = true;
        onText?.(text, thought);
      },
    };
    const asked = permitted().then(() => ask(models, { ...request, model: name }, listening));
    const outcome = await asked.catch((error: unknown) => {
      health.gaveUp(provider);
      throw error;
    });
    if ('answer' in outcome) {
      health.succeeded(provider);
      const [first] = misses;
      return { ...outcome, ...(first && { instead: `${name} instead of ${reasonOf(first)}` }) };
    }
    const { trouble, message } = outcome;
    health.failed(provider, trouble, message);
    const waitMs = 'retryAfterMs' in trouble ? trouble.retryAfterMs : undefined;
    const because = message.startsWith(name) ? message : `${name}: ${message}`;
    misses.push({ name, kind: trouble.kind, because, ...(waitMs !== undefined && { waitMs }) });
    // It may be paid for what it said, and one call is all that was reserved for.
    if (begun)
      throw permanent('AnswerLost', `an answer broke off: ${oneLine(because, REASON_CHARACTERS)}`, { model: name });
  }
  throw failureOf(misses, longestQuotaMs);
}

async function ask(models: Models, request: ModelRequest, watch: ModelWatch): ReturnType<Models['call']> {
  const outcome = await models.call(request, watch);
  if (!('answer' in outcome) || outcome.answer.message.parts.length > 0) return outcome;
  return { trouble: { kind: 'unavailable' }, message: `${request.model}: the answer was empty` };
}

function reasonOf({ because }: Miss): string {
  return oneLine(because, REASON_CHARACTERS);
}

function failureOf(misses: readonly Miss[], longestMs: number): ApplicationFailure {
  const reasons = misses.map(reasonOf).join('; ') || 'its rung names no model';
  const passing = misses.filter(({ kind }) => kind !== 'unauthorized' && kind !== 'refused');
  if (passing.length === 0) return permanent('ModelRefused', `no model can take this call: ${reasons}`);
  const waits = passing.flatMap(({ kind, waitMs = kind === 'quota' ? UNKNOWN_QUOTA_MS : undefined }) =>
    waitMs === undefined ? [] : [waitMs],
  );
  // One that may be back at any time is not waited for longer than the retry policy says.
  const wait = waits.length < passing.length ? undefined : Math.min(...waits);
  const limited = passing.every(({ kind }) => kind === 'rate-limited' || kind === 'quota');
  if (limited && wait !== undefined && wait > LONGEST_WAIT_MS) {
    const quota: QuotaWait = { until: new Date(Date.now() + wait).toISOString(), longestMs };
    return permanent('QuotaExhausted', `no provider has quota left: ${reasons}`, quota);
  }
  const bounded = wait === undefined ? undefined : Math.min(Math.max(wait, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  return transient(
    limited ? 'RateLimited' : 'ModelUnavailable',
    limited ? `every model asks to wait: ${reasons}` : `no model answers: ${reasons}`,
    bounded,
  );
}
