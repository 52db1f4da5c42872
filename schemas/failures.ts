// Failure types: the `type` of every ApplicationFailure that Signalbox throws. Pure constants.

/** Permanent: retrying the same call cannot help. */
export const PERMANENT_FAILURES = {
  BadInput: 'BadInput',
  InvalidBlueprint: 'InvalidBlueprint',
  InvalidPlan: 'InvalidPlan',
  UnknownRepo: 'UnknownRepo',
  SandboxRefused: 'SandboxRefused',
  SetupFailed: 'SetupFailed',
  MergeConflict: 'MergeConflict',
  /** The forge merges by a queue of its own only: whoever wants to merge has to join it. */
  MergeQueue: 'MergeQueue',
  ItemNotFound: 'ItemNotFound',
  Unauthorized: 'Unauthorized',
  /** Every model that may be used refuses this call: a wrong key, an unknown model, a request that it can't take. */
  ModelRefused: 'ModelRefused',
  /** The operator has halted everything: workflows wait until that is lifted, then take the step again. */
  Halted: 'Halted',
  /** No provider that may be used has quota left: workflows wait until it is back, then take the step again. */
  QuotaExhausted: 'QuotaExhausted',
  /** An answer broke off on the way and may have been paid for: whoever pays reserves anew before the next try. */
  AnswerLost: 'AnswerLost',
} as const;

/** Transient: the retry policy of the activity applies. */
export const TRANSIENT_FAILURES = {
  SandboxLost: 'SandboxLost',
  BaseMoved: 'BaseMoved',
  VendorUnavailable: 'VendorUnavailable',
  RateLimited: 'RateLimited',
  /** A later attempt at the same effect has taken over, or is about to: this one must not write. */
  Superseded: 'Superseded',
  /** What is to be archived has not ended yet, or another entry went before. */
  NotYet: 'NotYet',
  /** No model that may be used is there now. */
  ModelUnavailable: 'ModelUnavailable',
} as const;

export type PermanentFailure = keyof typeof PERMANENT_FAILURES;
export type TransientFailure = keyof typeof TRANSIENT_FAILURES;
