import { Context } from '@temporalio/activity';
import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Claims } from '../../activities/ports-records.js';
import type { Claim, ClaimAnswer, Kin } from '../../schemas/claim.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { isNotFound } from './client.js';

/** Of one update; it takes milliseconds where there is a worker. */
const ANSWER_MS = 20_000;

/** `dedupe` as the server has it; whoever asks first starts it. `client` is asked for at each call. */
export function createClaims(client: () => Client, windowMs: number): Claims {
  /** A worker that stops can't wait for an answer that it would have to give itself: the step is taken again. */
  function bounded<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const { cancellationSignal, cancelled } = Context.current();
    const asked = client().withDeadline(Date.now() + ANSWER_MS, () =>
      client().withAbortSignal(cancellationSignal, work),
    );
    return Promise.race([asked, cancelled]);
  }

  const dedupe = () => client().workflow.getHandle(workflowId.dedupe());

  function ask<Answer>(update: string, argument: unknown): Promise<Answer> {
    const send = () =>
      client().workflow.executeUpdateWithStart<() => Promise<unknown>, Answer, [unknown]>(update, {
        args: [argument],
        startWorkflowOperation: new WithStartWorkflowOperation<() => Promise<unknown>>('dedupe', {
          ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.dedupe() },
          args: [{ windowMs }] as unknown as [],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Whose work a fault is',
        }),
      });
    return bounded(send);
  }

  return {
    claim: (claim: Claim) => ask<ClaimAnswer>('claimItem', claim),
    close: (key, because) => dedupe().signal('claimClosed', { key, because }),
    async fold(triage, folded) {
      try {
        await client()
          .workflow.getHandle(triage)
          .executeUpdate('foldSource', { args: [folded] });
        return true;
      } catch (error) {
        if (isNotFound(error) || error instanceof WorkflowUpdateFailedError) return false;
        throw error;
      }
    },
    split: async (key) => (await ask<{ readonly done: boolean }>('splitClaim', { key })).done,
    async merge(claim, into) {
      try {
        return await ask<Kin>('mergeClaims', { claim, into });
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) return undefined;
        throw error;
      }
    },
    moved: (key) => ask<void>('moveClaim', { key }),
  };
}
