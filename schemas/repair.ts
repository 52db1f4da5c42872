import { z } from 'zod';
import { Module } from './blueprint.js';

// The contract of the repair engine, a program that runs inside the sandbox: one request as JSON on stdin, events as
// JSON lines on stdout.

/** `<test file, from the module>::<title path joined by " > ">` */
export const TestId = z.string().min(1).max(500);
export type TestId = z.infer<typeof TestId>;

export const SurveyedTest = z.strictObject({
  id: TestId,
  file: z.string().describe('From the root of the repository'),
  title: z.string(),
  outcome: z.enum(['pass', 'fail', 'skip']),
  message: z.string().max(4000).optional().describe('Of the failure; text from the code under test'),
  covered: z
    .record(z.string(), z.array(z.number().int().positive()))
    .describe('Source file, from the root of the repository -> executed lines'),
  symbols: z.array(z.string()).describe('Functions, methods and classes of the sources that the test entered'),
});
export type SurveyedTest = Readonly<z.infer<typeof SurveyedTest>>;

/** What every test of a module does and which code it runs. */
export const Survey = z.strictObject({
  module: z.string(),
  tests: z.array(SurveyedTest),
  unsupported: z.string().max(2000).optional().describe('Why the tests cannot be run here; there are none then'),
});
export type Survey = Readonly<z.infer<typeof Survey>>;

export const RepairRequest = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('survey'), name: z.string(), module: Module, timeoutSeconds: z.number().positive() }),
  z.strictObject({
    do: z.literal('search'),
    name: z.string(),
    module: Module,
    targets: z.array(TestId).min(1).describe('The failing tests that define the fix'),
    touches: z.array(z.string()).describe('Globs, from the root of the repository, that an edit must stay in'),
    words: z.string().max(20_000).describe('The ticket: its constants and names raise the rank of edits that use them'),
    candidates: z.number().int().positive(),
    seconds: z.number().positive(),
    startAt: z.number().int().nonnegative().describe('Index to go on from; candidates before it are not tried again'),
    rejected: z.array(z.string()).describe('Ids of candidates that a gate or a reviewer refused'),
  }),
]);
export type RepairRequest = Readonly<z.infer<typeof RepairRequest>>;

export const Edit = z.strictObject({
  path: z.string().describe('From the root of the repository'),
  before: z.string().describe('The file as it was'),
  after: z.string().describe('The file as it is with the edit'),
});
export type Edit = Readonly<z.infer<typeof Edit>>;

export const Candidate = z.strictObject({
  id: z.string().describe('Stable over runs on the same tree'),
  operator: z.string(),
  line: z.number().int().positive(),
  summary: z.string().describe('`<old text> -> <new text>`'),
  edits: z.array(Edit).min(1),
});
export type Candidate = Readonly<z.infer<typeof Candidate>>;

export const CannotRepair = z.enum([
  'no-failing-test',
  'not-reproducible',
  'no-suspicious-code',
  'region-too-large',
  'exhausted',
  'out-of-time',
  'unsupported-runner',
]);
export type CannotRepair = z.infer<typeof CannotRepair>;

export const RepairResult = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('plausible'),
    candidate: Candidate,
    alternatives: z.array(Candidate).describe('Other candidates that pass the same tests, best first'),
    confidence: z.enum(['high', 'low']),
    clusters: z.number().int().positive().describe('Groups of plausible candidates that behave alike on probed inputs'),
    question: z.string().optional().describe('When they split: an input on which they differ, and how'),
    passes: z.number().int().nonnegative().describe('Tests of the module that pass with the edit'),
    index: z.number().int().nonnegative(),
    tried: z.number().int().nonnegative(),
    seconds: z.number().nonnegative(),
  }),
  z.strictObject({
    status: z.literal('cannot-do'),
    reason: CannotRepair,
    detail: z.string(),
    suspicious: z.array(z.strictObject({ path: z.string(), line: z.number().int(), score: z.number() })).max(40),
    best: z.string().optional().describe('The candidate that came nearest, and how near'),
    index: z.number().int().nonnegative(),
    tried: z.number().int().nonnegative(),
    seconds: z.number().nonnegative(),
  }),
]);
export type RepairResult = Readonly<z.infer<typeof RepairResult>>;

export const RepairProgress = z.strictObject({
  index: z.number().int().nonnegative(),
  tried: z.number().int().nonnegative(),
  total: z.number().int().nonnegative().describe('Candidates known so far'),
  best: z.string().optional(),
  line: z.string().optional().describe('Where it is looking: `<path>:<line>`'),
});
export type RepairProgress = Readonly<z.infer<typeof RepairProgress>>;

export const RepairEvent = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('progress'), progress: RepairProgress }),
  z.strictObject({ event: z.literal('survey'), survey: Survey }),
  z.strictObject({ event: z.literal('result'), result: RepairResult }),
]);
export type RepairEvent = Readonly<z.infer<typeof RepairEvent>>;
