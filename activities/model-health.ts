import type { ModelTrouble } from './ports-models.js';

/** One failure may be chance, and two; a provider that fails three times in a row is away. */
const FAILURES = 3;
/** Outages last minutes: a probe each half minute costs little and finds the end soon. */
const COOL_DOWN_MS = 30_000;
/** Keys and accounts are mended by people. */
const LONG_COOL_DOWN_MS = 600_000;
/** While somebody else's probe is under way. */
const PROBE_MS = 1_000;

type Kind = ModelTrouble['kind'];

/** Why a provider is left alone for now. */
export interface Rest {
  readonly kind: Kind;
  /** What it said last. */
  readonly because: string;
  /** Until it is back, as it said. */
  readonly forMs: number;
}

interface State {
  failures: number;
  rest?: { readonly kind: Kind; readonly because: string; readonly until: number; readonly backAt: number };
  probing: boolean;
}

/**
 * A circuit breaker per provider, as this worker has seen it: after some failures it is left alone for a while, then one
 * call may try, and its outcome decides for all. Every `begin` that returns nothing is followed by one of the others.
 */
export class ModelHealth {
  readonly #now: () => number;
  readonly #states = new Map<string, State>();

  /** `now` in milliseconds, of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Undefined: it may be called. */
  begin(provider: string): Rest | undefined {
    const state = this.#state(provider);
    if (!state.rest) return undefined;
    const { kind, because, until, backAt } = state.rest;
    if (until > this.#now()) return { kind, because, forMs: backAt - this.#now() };
    if (state.probing) return { kind, because, forMs: PROBE_MS };
    state.probing = true;
    return undefined;
  }

  /** It answered, if only with a refusal of this one request. */
  succeeded(provider: string): void {
    this.#states.delete(provider);
  }

  failed(provider: string, trouble: ModelTrouble, because: string): void {
    const { kind } = trouble;
    if (kind === 'refused') {
      this.succeeded(provider);
      return;
    }
    const state = this.#state(provider);
    state.failures++;
    const lasting = kind === 'unauthorized' || kind === 'quota';
    if (state.probing || lasting || state.failures >= FAILURES) {
      const asked = 'retryAfterMs' in trouble ? trouble.retryAfterMs : undefined;
      const forMs = asked ?? (lasting ? LONG_COOL_DOWN_MS : COOL_DOWN_MS);
      // Asked now and then although it is said to be away for longer: somebody may have added credit.
      const until = this.#now() + Math.min(forMs, LONG_COOL_DOWN_MS);
      state.rest = { kind, because, until, backAt: this.#now() + forMs };
    }
    state.probing = false;
  }

  /** The caller was cancelled: nothing is known, and another one may probe. */
  gaveUp(provider: string): void {
    this.#state(provider).probing = false;
  }

  #state(provider: string): State {
    const known = this.#states.get(provider);
    if (known) return known;
    const state: State = { failures: 0, probing: false };
    this.#states.set(provider, state);
    return state;
  }
}
