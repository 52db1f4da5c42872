import type { Logger } from 'pino';
import type { Signal } from '../schemas/signal.js';
import { APPROVAL_CHECK } from '../schemas/touch.js';
import type { Approver } from './approver.js';

// A click on a button of the check that asks people is the answer of whoever clicked, and so is a command in a comment
// where checks have no buttons. The door has verified the forge, and the forge who it was.

const DECISIONS = ['approve', 'reject'] as const;

/** What became of a click, for whoever looks at the delivery at the forge. */
export interface ClickReceipt {
  /** Id of the question. */
  readonly question: string;
  readonly taken: boolean;
  readonly said: string;
}

/** None, for a signal that is no such click. What counts is the commit that the check was on. */
export async function answerClick(
  signal: Signal,
  approver: Approver,
  log: Pick<Logger, 'info'>,
): Promise<readonly ClickReceipt[]> {
  const { source, subject, bodyhash, data } = signal;
  const { touch, actor } = data;
  const decision = DECISIONS.find((one) => one === touch?.button);
  if (touch?.check !== APPROVAL_CHECK || !decision || touch.head === undefined || !actor) return [];
  if (source !== 'github' && source !== 'gitea') return [];
  const receipts: ClickReceipt[] = [];
  for (const { question } of await approver.open(subject)) {
    const isMeant = touch.question === undefined || question.id === `${subject}/${touch.question}`;
    if (question.action !== 'merge' || !isMeant) continue;
    const draft = {
      ...{ question: question.id, action: 'merge' as const, head: touch.head, planHash: question.planHash },
      ...{ decision, reason: touch.reason ?? '', via: source, actor: { source, id: actor.id } },
    };
    // Forges sign no time: what somebody kept of a click is the same click for ever, under any id of a delivery.
    const { taken, said } = await approver.answer(draft, bodyhash);
    log.info({ question: question.id, decision, actor: `${source} ${actor.id}`, taken, said }, 'answer clicked');
    receipts.push({ question: question.id, taken, said });
    // Whoever clicked sees nothing of our answer to the forge.
    if (!taken) await approver.refused({ question: question.id, who: actor.name ?? actor.id, said });
  }
  return receipts;
}
