import { z } from 'zod';

/**
 * Everything that Signalbox changes outside of itself. A kind that is added here needs what it asks for in
 * `EffectRequests`, and a set-up in test/effects.test.ts: without either, nothing builds or no test passes.
 */
export const EFFECT_KINDS = [
  ...(['push', 'merge', 'comment', 'state', 'speech', 'message', 'message-edit'] as const),
  ...(['pull-request', 'pull-request-edit', 'check', 'reply', 'enqueue'] as const),
] as const;
export const EffectKind = z.enum(EFFECT_KINDS);
export type EffectKind = z.infer<typeof EffectKind>;

const Line = z.strictObject({
  kind: EffectKind,
  key: z.string(),
  /** SHA-256 of what was asked for: equal keys ask for the same. */
  content: z.string().regex(/^[0-9a-f]{64}$/),
  /** Who asked: workflow, run and activity. */
  by: z.string(),
  /** Orders the attempts at an effect: Temporal's clock when the attempt was scheduled, in ms since the epoch. */
  scheduledAt: z.number(),
  /** From 1. */
  attempt: z.int().positive(),
  /** By the clock of the worker. */
  at: z.iso.datetime(),
});

/**
 * A line of the ledger of effects. An `intended` that nothing of the same attempt follows is an attempt that died on
 * its way: nobody knows whether it came through until somebody has looked at the provider.
 */
export const EffectEntry = z.discriminatedUnion('step', [
  Line.extend({
    step: z.literal('intended'),
    /** When its write has ended, whatever became of it. */
    until: z.iso.datetime(),
    /** How the provider looked before, in its own terms. */
    mark: z.string().optional(),
  }),
  Line.extend({
    step: z.literal('done'),
    /** What is left of it at the provider: the id of a comment, the commit of a branch, a state. */
    trace: z.string(),
    /** Made by an earlier attempt, or by somebody else. */
    already: z.boolean(),
  }),
  /** Others were there first: nothing was changed. */
  Line.extend({ step: z.literal('moved'), to: z.string().nullable() }),
  /** The attempt has ended with an error: it writes no more, but may have come through. */
  Line.extend({ step: z.literal('failed'), because: z.string() }),
]);
export type EffectEntry = z.infer<typeof EffectEntry>;
