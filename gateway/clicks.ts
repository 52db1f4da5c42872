import type { Logger } from 'pino';
import type { Signal } from '../schemas/signal.js';
import type { Approver } from './approver.js';

// A click on a button of the check that asks people is the answer of whoever clicked. The door has verified the forge,
// and the forge who it was.

/** As `workflows/change-checks.ts` names it. */
const CHECK = 'signalbox/approval';
const DECISIONS = ['approve', 'reject'] as const;

/** Nothing, for a signal that is no such click. What counts is the commit that the check was on. */
export async function answerClick(signal: Signal, approver: Approver, log: Pick<Logger, 'info'>): Promise<void> {
  const { source, subject, data } = signal;
  const { touch, actor } = data;
  const decision = DECISIONS.find((one) => one === touch?.button);
  if (touch?.check !== CHECK || !decision || touch.head === undefined || !actor) return;
  if (source !== 'github' && source !== 'gitea') return;
  for (const { question } of await approver.open(subject)) {
    if (question.action !== 'merge') continue;
    const { taken, said } = await approver.answer({
      ...{ question: question.id, action: 'merge', head: touch.head, planHash: question.planHash },
      ...{ decision, reason: '', via: source, actor: { source, id: actor.id } },
    });
    log.info({ question: question.id, decision, actor: `${source} ${actor.id}`, taken, said }, 'answer clicked');
  }
}
