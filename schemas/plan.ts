import { z } from 'zod';
import { TestId } from './repair.js';

export const NodeId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'expected lower-case letters, digits and dashes');

/** One node of a mission's DAG. */
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
});
export type PlanTask = Readonly<z.infer<typeof PlanTask>>;

export const Plan = z.strictObject({
  version: z.number().int().positive(),
  goal: z.string().min(1),
  because: z.string().describe('Why this plan, or why it replaced the one before'),
  assumptions: z.array(z.string()),
  risks: z.array(z.string()),
  tasks: z.array(PlanTask).min(1).max(200),
});
export type Plan = Readonly<z.infer<typeof Plan>>;

export type TaskState = 'waiting' | 'running' | 'passed' | 'failed' | 'cannot-do' | 'cancelled' | 'replaced';
