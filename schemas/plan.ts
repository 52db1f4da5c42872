import { z } from 'zod';
import { RiskLevel } from './blueprint.js';
import { TestId } from './repair.js';

export const NodeId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'expected lower-case letters, digits and dashes');

/** How a task's success is shown. */
export const TaskProof = z.enum(['existing-tests', 'test-first', 'gates']);
export type TaskProof = z.infer<typeof TaskProof>;

/** One node of a mission's DAG. What is optional comes from a model's plan; the planner without one leaves it out. */
export const PlanTask = z.strictObject({
  id: NodeId,
  kind: z.enum(['change', 'integrate', 'scenario']),
  title: z.string().min(1).max(120),
  goal: z.string().min(1),
  acceptance: z.array(z.string().min(1)).min(1),
  needs: z.array(NodeId),
  touches: z.array(z.string().min(1)).describe('Globs that its edits stay in'),
  gates: z.array(z.string()).describe('Names of gates or scenarios of the blueprint'),
  module: z.string().optional(),
  targets: z.array(TestId).describe('Failing tests that define the fix'),
  role: z.enum(['coder', 'writer']).optional(),
  proof: TaskProof.optional(),
  size: z.enum(['small', 'medium']).optional(),
});
export type PlanTask = Readonly<z.infer<typeof PlanTask>>;

/** What must hold at the end, and what shows it. */
export const Criterion = z.strictObject({ text: z.string().min(1), check: z.string().min(1) });
export type Criterion = Readonly<z.infer<typeof Criterion>>;

export const Plan = z.strictObject({
  version: z.number().int().positive(),
  goal: z.string().min(1),
  because: z.string().describe('Why this plan, or why it replaced the one before'),
  assumptions: z.array(z.string()),
  risks: z.array(z.string()),
  tasks: z.array(PlanTask).min(1).max(200),
  criteria: z.array(Criterion).optional(),
  outcome: z.string().optional().describe('What should be different for users when this is released'),
  risk: RiskLevel.optional().describe("The planner's own estimate: it may raise the risk of the mission"),
});
export type Plan = Readonly<z.infer<typeof Plan>>;

export type TaskState = 'waiting' | 'running' | 'passed' | 'failed' | 'cannot-do' | 'cancelled' | 'replaced';
