import type { BriefPart } from '../schemas/agent.js';
import type { PlanTask } from '../schemas/plan.js';

// A plan is words of a model that has read what strangers wrote. Whoever carries it out is shown them like any other
// words: they say what is wanted, and can not speak for Signalbox.

/** What is to be done. */
export function plannedPart({ title, goal, acceptance, touches }: PlanTask): BriefPart {
  const text = [title, goal, ...acceptance.map((line) => `- done when: ${line}`), `It touches: ${touches.join(', ')}`];
  return { title: 'What the plan says of your task', from: 'the plan', text: text.join('\n') };
}

/** The tests that define a task; none, no part. */
export function targetParts(targets: readonly string[]): BriefPart[] {
  if (targets.length === 0) return [];
  const text = targets.map((id) => `- ${id}`).join('\n');
  return [{ title: 'Tests that must pass, and are not yours to change', from: 'the plan', text }];
}
