import type { MissionStatus } from '../workflows/messages.js';
import { safe } from './output.js';
import type { Running, RunningTasks } from './running.js';
import { describeSpending, spendingOf } from './spending.js';

// The part of a mission's picture that is there only where models are configured.

export function renderBudget(status: MissionStatus, running: RunningTasks): string[] {
  const spending = spendingOf(status, running);
  return spending ? [`budget   ${describeSpending(spending)}`] : [];
}

/** How what an agent asks is answered; the question itself is what the mission waits for. */
export function renderQuestion({ item, asked }: MissionStatus): string[] {
  if (!asked) return [];
  return [...asked.options.map((option) => `  or     ${safe(option)}`), `answer   signalbox answer ${safe(item)} "…"`];
}

export function lastTurn(running: Running | undefined): string {
  const turn = running?.agents?.agentTurns?.at(-1);
  return turn ? `${safe(turn.role)}, turn ${turn.n}: ${safe(turn.did ?? turn.said ?? '')}` : '';
}
