import type { ModelAnswer, ModelCard, ModelRequest } from '../schemas/model.js';
import type { Usage } from '../schemas/money.js';
import type { MissionResult } from '../schemas/outcome.js';

// Models, what they were paid for, and the figures of all that.

/** Why a provider did not answer, in no provider's words. */
export type ModelTrouble =
  | { readonly kind: 'rate-limited'; readonly retryAfterMs?: number }
  /** The account has no money or quota left. */
  | { readonly kind: 'quota'; readonly retryAfterMs?: number }
  /** Overloaded, a server error, a timeout, a connection or a stream that broke. */
  | { readonly kind: 'unavailable' }
  /** 401 or 403: no retry helps until somebody mends the key. */
  | { readonly kind: 'unauthorized' }
  /** 400, 404 or an answer that makes no sense: this model can't take this request. */
  | { readonly kind: 'refused' };

export interface ModelWatch {
  readonly signal: AbortSignal;
  /** Called with each piece of text as it comes; `thought` tells thinking from speech. */
  readonly onText?: (text: string, thought: boolean) => void;
}

/** Models of all providers behind one door. */
export interface Models {
  /** Every model that this installation may call, cheapest first. Empty: none is configured. */
  readonly cards: readonly ModelCard[];
  /** One call, never retried in here. What goes wrong is a value, so that the caller can go on with another model. */
  call(
    request: ModelRequest,
    watch: ModelWatch,
  ): Promise<{ readonly answer: ModelAnswer } | { readonly trouble: ModelTrouble; readonly message: string }>;
}

/** Answers that were paid for, by the key of their call: kept before the step that asked completes. */
export interface PaidAnswers {
  get(key: string): Promise<ModelAnswer | undefined>;
  put(key: string, answer: ModelAnswer): Promise<void>;
}

export interface ModelCallMeasure {
  /** `anthropic`, `openai`, …: the conventions' name of who answers. */
  readonly provider: string;
  readonly model: string;
  readonly role: string;
  readonly repo: string;
  readonly durationMs: number;
  /** Undefined when there was no answer. */
  readonly usage?: Usage;
  /** Null: its price is unknown. */
  readonly usd?: number | null;
  /** Kind of trouble, when there was no answer. */
  readonly error?: string;
}

export interface EndedMission {
  readonly result: MissionResult;
  readonly repo: string;
}

/** Keeps words out of every trace that leaves this process, from now on. */
export type HideInTraces = (words: readonly string[]) => void;

/** Figures for whoever watches the installation. Never fails and never waits. */
export interface Meter {
  modelCall(call: ModelCallMeasure): void;
  missionEnded(mission: EndedMission): void;
}
