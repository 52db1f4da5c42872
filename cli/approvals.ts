import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApprovalAnswerDraft, bindingOf } from '../schemas/approval-record.js';
import { workflowId } from '../schemas/names.js';
import { approvalStatus } from '../workflows/messages-standing.js';
import { type Context, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { askGateway } from './gateway.js';
import { json, safe } from './output.js';
import { describeQuestion, openWith } from './questions.js';

// Answers to what waits for a person. They go to the gateway, which knows the person by a token and signs the answer.

/** Visibility follows a workflow's start with a short delay. */
const VISIBILITY_TRIES = 5;

interface Decide {
  readonly id: string;
  readonly decision: ApprovalAnswerDraft['decision'];
  /** Of `ask-back`, the question. */
  readonly reason: string;
  /** Of `hand-over`: the key of a person, or `team <name>`. */
  readonly to?: string;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The answer carries what was shown here: if the change has moved on since, it counts for nothing. */
export function decide({ id, decision, reason, to, yes, ...options }: Decide): Promise<number> {
  return withClient(async (context) => {
    const { client, config, output } = context;
    const handle = client.workflow.getHandle(workflowId.approval(...(await openApproval(context, id))));
    const status = await handle.query(approvalStatus);
    const { question, state } = status;
    if (state !== 'open') throw new Refusal(`${question.id} was answered already: ${state}`);
    output.talk(describeQuestion(question, status));
    if (!yes && process.stdin.isTTY && !(await confirmed(`${decision} this? [y/N] `))) {
      throw new Refusal('nothing was answered');
    }
    const receipt = await askGateway(config.people, '/approvals', {
      ...{ ...bindingOf(question), decision, reason, via: 'cli' },
      ...(to !== undefined && { to: handedTo(to) }),
    });
    if (!receipt.taken) throw new Refusal(`refused: ${receipt.said}`);
    if (options.json) output.data(json(receipt.status));
    else output.talk(safe(receipt.said));
    return 0;
  });
}

function handedTo(to: string): NonNullable<ApprovalAnswerDraft['to']> {
  const team = /^team[ /:](.+)$/.exec(to)?.[1];
  return team === undefined ? { person: to } : { team };
}

async function openApproval(context: Context, id: string): Promise<[item: string, n: number]> {
  const [, item, n] = /^(?:approval\/)?(.+)\/(\d+)$/.exec(id) ?? [];
  if (item && n) return [item, Number(n)];
  for (let attempt = 1; ; attempt++) {
    const open = (await openWith(context, 'approval')).map((run) => run.workflowId.slice('approval/'.length));
    const its = open.filter((one) => one.slice(0, one.lastIndexOf('/')) === id);
    if (its.length > 1) throw new Refusal(`${id} waits for several answers; name one: ${its.join(', ')}`);
    if (its[0]) return [id, Number(its[0].slice(id.length + 1))];
    if (attempt === VISIBILITY_TRIES) {
      throw new Refusal(`nothing of ${id} waits for an approval; open ones: ${open.join(', ') || 'none'}`);
    }
    await sleep(300);
  }
}

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
