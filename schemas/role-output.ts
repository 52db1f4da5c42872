import { z } from 'zod';
import type { RoleName } from './agent.js';
import { RiskLevel } from './blueprint.js';
import { NodeId, TaskProof } from './plan.js';
import { TestId } from './repair.js';

// What each role must hand in with `submit`. Output that does not fit is given back with the reason.

const Line = z.string().min(1).max(500);
const Paragraph = z.string().min(1).max(4000);

export const PlannerOutput = z.strictObject({
  criteria: z
    .array(
      z.strictObject({ text: Line, check: Line.describe('What shows it: a test, a gate, a scenario, an observation') }),
    )
    .min(1)
    .max(30),
  questions: z.array(Line).max(5).describe('Holes that only the reporter can fill; empty when it can go on without'),
  assumptions: z.array(Line).max(20),
  risks: z.array(Line).max(20),
  risk: RiskLevel,
  outcome: Line.optional().describe('What should be different for users when this is released'),
  tasks: z
    .array(
      z.strictObject({
        id: NodeId,
        title: z.string().min(1).max(120),
        goal: Paragraph,
        acceptance: z.array(Line).min(1).max(20),
        needs: z.array(NodeId),
        touches: z.array(z.string().min(1).max(300)).min(1).describe('Globs that its edits stay in'),
        module: z.string().optional().describe('The module whose tests prove it'),
        role: z.enum(['coder', 'writer']).default('coder'),
        proof: TaskProof,
        targets: z.array(TestId).default([]).describe('Failing tests that define it, with proof existing-tests'),
        size: z.enum(['small', 'medium', 'large']).describe('large: more than about 200 changed lines; split it'),
      }),
    )
    .min(1)
    .max(50),
});
export type PlannerOutput = Readonly<z.infer<typeof PlannerOutput>>;

export const CriticOutput = z.strictObject({
  verdict: z.enum(['accept', 'revise']),
  objections: z.array(z.strictObject({ task: z.string().optional(), problem: Line, change: Line })).max(20),
});
export type CriticOutput = Readonly<z.infer<typeof CriticOutput>>;

export const FindingAnswer = z.strictObject({
  finding: z.string().regex(/^[0-9a-f]{16}$/),
  answer: z.enum(['fixed', 'disputed']),
  reason: Line,
});
export type FindingAnswer = Readonly<z.infer<typeof FindingAnswer>>;

export const CoderOutput = z.strictObject({
  summary: Paragraph.describe('What was changed and why, for the commit and the reviewer'),
  answers: z.array(FindingAnswer).default([]).describe('One for each open finding'),
});
export type CoderOutput = Readonly<z.infer<typeof CoderOutput>>;

export const TesterOutput = z.strictObject({
  summary: Paragraph,
  tests: z.array(TestId).min(1).max(50).describe('Tests that fail now for lack of the change and will pass with it'),
});
export type TesterOutput = Readonly<z.infer<typeof TesterOutput>>;

export const ReviewerOutput = z.strictObject({
  risk: RiskLevel,
  riskBecause: Line,
  findings: z
    .array(
      z.strictObject({
        path: z.string().min(1),
        quote: z.string().max(300).describe('The line that it is about, word for word; empty for the whole file'),
        claim: Line.describe('What is wrong'),
        why: Line.describe('What happens because of it'),
        severity: z.enum(['note', 'should', 'must']),
      }),
    )
    .max(40),
  earlier: z
    .array(
      z.strictObject({
        finding: z.string().regex(/^[0-9a-f]{16}$/),
        state: z.enum(['resolved', 'withdrawn', 'upheld']),
        why: Line,
      }),
    )
    .default([])
    .describe('One for each finding of earlier rounds'),
});
export type ReviewerOutput = Readonly<z.infer<typeof ReviewerOutput>>;

export const TriagerOutput = z.strictObject({
  decision: z.enum(['fit', 'split', 'ask', 'decline']),
  because: Line,
  type: z.enum(['bug', 'feature', 'chore']),
  severity: z.enum(['low', 'normal', 'high', 'urgent']),
  risk: RiskLevel,
  problem: z.string().max(4000),
  expected: z.string().max(4000),
  acceptance: z.array(Line).max(20),
  questions: z.array(Line).max(5),
  repo: z.string().max(200).default('').describe('One of the known ones, or empty'),
  parts: z
    .array(
      z.strictObject({
        title: z.string().min(1).max(120),
        problem: z.string().min(1).max(2000),
        expected: z.string().min(1).max(2000),
        acceptance: z.array(Line).min(1).max(10),
      }),
    )
    .max(6)
    .default([])
    .describe('With split: one for each independent wish'),
});
export type TriagerOutput = Readonly<z.infer<typeof TriagerOutput>>;

export const IncidentAnalystOutput = z.strictObject({
  summary: Paragraph,
  suspects: z
    .array(z.strictObject({ path: z.string(), why: Line, confidence: z.enum(['low', 'medium', 'high']) }))
    .max(20),
  evidence: z.array(Line).max(30),
  next: z.array(Line).max(10),
});
export type IncidentAnalystOutput = Readonly<z.infer<typeof IncidentAnalystOutput>>;

export const ROLE_OUTPUTS: Readonly<Record<RoleName, z.ZodType>> = {
  planner: PlannerOutput,
  critic: CriticOutput,
  coder: CoderOutput,
  tester: TesterOutput,
  reviewer: ReviewerOutput,
  writer: CoderOutput,
  triager: TriagerOutput,
  'incident-analyst': IncidentAnalystOutput,
};
