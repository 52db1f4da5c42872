import { durationMs } from '../schemas/duration.js';
import { conditionInTime } from './halts.js';
import type { Question } from './messages.js';
import type { MissionContext } from './mission-context.js';
import type { MissionState } from './mission-state.js';
import { agentQuestion } from './story.js';
import { tellSources } from './write-back.js';

/** Asks where the item came from and waits for the answer. Null: nobody answered before the deadline. */
export async function ask(context: MissionContext, question: Question): Promise<string | null> {
  const { state, input, show } = context;
  const { item } = input;
  const asked = state.ask(question);
  show();
  const body = agentQuestion(item.key, question);
  await tellSources(context, {
    part: `question-${asked.n}`,
    summary: `${question.node} asks`,
    body,
    as: 'elicitation',
  });
  const { policy } = state.ground().base.blueprint;
  await conditionInTime(() => asked.answer !== undefined, durationMs(policy.approvalDeadline));
  state.asked(asked.n);
  show();
  return asked.answer ?? null;
}

/** The oldest open question is the one that people see, and the one that is answered. */
export function answerQuestion(state: MissionState, text: string): void {
  const [first] = state.questions();
  if (first) first.answer = text;
}
