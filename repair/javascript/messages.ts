// What the engine's main thread and the thread with the code under test say to each other.
import type { Call, Observed, Trial, Verdict } from '../runner.js';

/** Times the limit of a probe: a busy machine is slow, which is not what a candidate answers. */
export const PATIENCE = 5;

export interface ThreadSetup {
  /** Absolute path of the checkout. */
  readonly root: string;
  readonly module: string;
  readonly bodiesTakeContext: boolean;
  /** One number: how many pieces of work the thread has begun; the watchdog sees a standstill by it. */
  readonly beat: SharedArrayBuffer;
}

export type Job =
  | {
      readonly kind: 'survey';
      readonly files: readonly string[];
      readonly limitMs: number;
      readonly afterHangMs: number;
      /** Tests that stopped an earlier thread. */
      readonly skip: readonly string[];
    }
  | {
      readonly kind: 'judge';
      readonly trials: readonly Trial[];
      readonly targets: readonly Wanted[];
      readonly guards: readonly Wanted[];
      readonly limitMs: number;
      readonly guardLimitMs: number;
    }
  | { readonly kind: 'record'; readonly path: string; readonly tests: readonly Wanted[]; readonly limitMs: number }
  | {
      readonly kind: 'probe';
      readonly trials: readonly Trial[];
      readonly calls: readonly Call[];
      readonly limitMs: number;
    };

/** A test and where it is declared, from the root of the repository. */
export interface Wanted {
  readonly id: string;
  readonly file: string;
}

export type Said =
  | { readonly kind: 'observed'; readonly tests: readonly Observed[] }
  | { readonly kind: 'begun'; readonly id: string; readonly title: string; readonly file: string }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'calls'; readonly calls: readonly Call[] }
  | { readonly kind: 'answers'; readonly key: number; readonly answers: readonly string[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'not-warm'; readonly why: string }
  | { readonly kind: 'broken'; readonly why: string };
