import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { AnswerSigner } from '../adapters/people/answer-keys.js';
import { ApprovalAnswerDraft } from '../schemas/approval-record.js';
import { incidentOfQuestion } from '../schemas/incident-question.js';
import { workflowId } from '../schemas/names.js';
import { parse } from '../schemas/parse.js';
import { answerRefused } from '../workflows/messages.js';
import { type ApprovalStatus, answerApproval, approvalStatus, replyApproval } from '../workflows/messages-standing.js';
import { decideIncident } from '../workflows/messages-triage.js';

// How doors hand in what a person answered: they verify who it is at their source, and nothing else.

/** What became of an answer, with a sentence for whoever gave it. */
export interface AnswerReceipt {
  /** False: it counts for nothing, and `said` is the reason. */
  readonly taken: boolean;
  readonly said: string;
  /** As the question is now, when the answer was taken. */
  readonly status?: ApprovalStatus;
}

export interface Approver {
  /** What is asked, as it is now; undefined when there is no such question. Throws when Temporal is away. */
  look(question: string): Promise<ApprovalStatus | undefined>;
  /** What is asked about this item now. */
  open(item: string): Promise<readonly ApprovalStatus[]>;
  /**
   * Signs the answer and hands it to the question, which decides whether it counts. The caller has verified the actor,
   * and filled in what that person saw. `deed`: names what the person did, where the door's source has a name for it; the
   * same deed counts once, however often it comes. Throws when Temporal is away: nothing was answered for sure then.
   */
  answer(draft: ApprovalAnswerDraft, deed?: string): Promise<AnswerReceipt>;
  /** Tells whoever answered, on the pull request, that it counts for nothing. */
  refused(refused: { readonly question: string; readonly who: string; readonly said: string }): Promise<void>;
  /** The answer to what somebody asked back. It has no authority: it is shown to whoever decides. */
  reply(reply: {
    readonly question: string;
    readonly text: string;
    readonly by: { readonly id: string; readonly name?: string };
  }): Promise<AnswerReceipt>;
}

export interface ApproverOptions {
  readonly client: Client;
  readonly signer: AnswerSigner;
  /** An answer is checked by a worker; whoever waits for it waits no longer than this. */
  readonly withinMs?: number;
}

export function createApprover({ client, signer, withinMs = 20_000 }: ApproverOptions): Approver {
  const inTime = <Result>(work: () => Promise<Result>) => client.withDeadline(Date.now() + withinMs, work);
  const handleOf = (question: string) => {
    const at = question.lastIndexOf('/');
    return client.workflow.getHandle(workflowId.approval(question.slice(0, at), Number(question.slice(at + 1))));
  };
  return {
    async look(question) {
      try {
        return await inTime(() => handleOf(question).query(approvalStatus));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },

    open: (item) =>
      inTime(async () => {
        const found: ApprovalStatus[] = [];
        const query = `WorkflowId STARTS_WITH '${workflowId.approval(item, 0).slice(0, -1)}' AND ExecutionStatus = 'Running'`;
        for await (const run of client.workflow.list({ query })) {
          found.push(await client.workflow.getHandle(run.workflowId).query(approvalStatus));
        }
        return found;
      }),

    answer(draft, deed) {
      const answer = parse(ApprovalAnswerDraft, draft, 'the answer');
      const isIncident = answer.action === 'open-incident';
      const incident = incidentOfQuestion(answer.question);
      const record = signer.sign({
        ...answer,
        mission: isIncident ? incident : workflowId.mission(answer.question.slice(0, answer.question.lastIndexOf('/'))),
        at: new Date().toISOString(),
        nonce: deed === undefined ? randomBytes(16).toString('hex') : nonceOf(answer, deed),
      });
      // What was refused once may be right later: Temporal is to look at it anew.
      const options = { args: [record], updateId: randomUUID() } satisfies { args: [typeof record]; updateId: string };
      if (isIncident) {
        const said = answer.decision === 'approve' ? 'is worked on' : 'is left, with a record';
        return received(incident, async () => {
          const { name } = await inTime(() =>
            client.workflow.getHandle(incident).executeUpdate(decideIncident, options),
          );
          return { taken: true, said: `${name} ${said}` };
        });
      }
      return received(answer.question, async () =>
        counted(await inTime(() => handleOf(answer.question).executeUpdate(answerApproval, options))),
      );
    },

    async refused({ question, who, said }) {
      const key = createHash('sha256')
        .update(JSON.stringify([question, who, said]))
        .digest('hex')
        .slice(0, 16);
      const mission = client.workflow.getHandle(workflowId.mission(question.slice(0, question.lastIndexOf('/'))));
      try {
        await inTime(() => mission.signal(answerRefused, { key, question, who, said }));
      } catch (error) {
        // With the mission its question is over.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },

    reply({ question, text, by }) {
      return received(question, async () =>
        counted(await inTime(() => handleOf(question).executeUpdate(replyApproval, { args: [{ text, by }] }))),
      );
    },
  };
}

/** A request that is sent again makes the same one, and so a record that was used. */
function nonceOf({ via, question }: ApprovalAnswerDraft, deed: string): string {
  return createHash('sha256')
    .update(JSON.stringify([via, question, deed]))
    .digest('hex')
    .slice(0, 32);
}

/** What the question refuses is an answer too: its reason goes back to the person. */
async function received(question: string, send: () => Promise<AnswerReceipt>): Promise<AnswerReceipt> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      return { taken: false, said: error.cause?.message ?? error.message };
    if (error instanceof WorkflowNotFoundError) return { taken: false, said: `no question ${question} is open` };
    throw error;
  }
}

function counted(status: ApprovalStatus): AnswerReceipt {
  return { taken: true, said: describe(status), status };
}

function describe({ question, state, given = [], talk = [], heldBy }: ApprovalStatus): string {
  if (state !== 'open') return `${question.id} is ${state}`;
  const yes = given.length > 0 ? `, ${given.length} ${given.length === 1 ? 'yes' : 'yeses'} so far` : '';
  const asked = talk.some(({ reply }) => reply === undefined) ? ', an answer to what was asked back is awaited' : '';
  return `${question.id} stays open${yes}${asked}${heldBy ? `, with ${heldBy}` : ''}`;
}
