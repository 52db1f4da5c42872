import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { ApprovalQuestion } from '../../schemas/approval.js';
import { type ApprovalRecord, bindingOf } from '../../schemas/approval-record.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { answerApproval, approvalStatus } from '../../workflows/messages.js';
import type { StubbedServer } from '../workflows/server.js';
import type { Rig } from './p12-rig.js';
import { broken, CELLS, type Cell, type Channel } from './p12-rules.js';

// Runs each cell of the matrix: a question of its own, asked by the real workflow, and somebody who says yes to it.

export interface Outcome {
  readonly cell: Cell;
  /** The rule that is broken; undefined: it has to count. */
  readonly broken: string | undefined;
  readonly approved: boolean;
  /** What whoever tried was told; empty when it counted. */
  readonly told: string;
}

/** Cells at once: each is mostly waiting for git. */
const LANES = 6;
const SOURCES = { slack: 'slack', forge: 'github' } as const;

export async function runMatrix(rig: Rig, server: StubbedServer): Promise<readonly Outcome[]> {
  const comment = async () => ({ already: false });
  return server.working({ ...rig.activities, comment }, async () => {
    const outcomes: Outcome[] = [];
    const left = CELLS.map((cell, n) => ({ cell, item: `P12-${n + 1}` }));
    const lane = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        outcomes.push(await new Trial(rig, server, next.cell, next.item).run());
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return CELLS.flatMap((cell) => outcomes.find((one) => one.cell === cell) ?? []);
  });
}

const nonce = () => randomBytes(16).toString('hex');

class Trial {
  readonly #rig: Rig;
  readonly #server: StubbedServer;
  readonly #cell: Cell;
  readonly #item: string;
  readonly #question: ApprovalQuestion;

  constructor(rig: Rig, server: StubbedServer, cell: Cell, item: string) {
    this.#rig = rig;
    this.#server = server;
    this.#cell = cell;
    this.#item = item;
    this.#question = rig.question(item);
    rig.branch(`signalbox/${item}`);
  }

  async run(): Promise<Outcome> {
    const told = await this.#try();
    const { state } = await this.#handle().query(approvalStatus);
    await this.#end();
    return { cell: this.#cell, broken: broken(this.#cell), approved: state === 'approved', told };
  }

  async #try(): Promise<string> {
    const { condition } = this.#cell;
    if (condition === 'replayed') return this.#replay();
    if (condition === "another mission's token") return this.#elsewhere();
    await this.#ask(this.#question);
    if (condition === 'head moved') this.#rig.move(`signalbox/${this.#item}`);
    if (condition === 'edited payload') return this.#edit();
    return this.#say('approve', this.#question);
  }

  /** What was recorded of an answer, sent once more when the same is asked again. */
  async #replay(): Promise<string> {
    await this.#ask(this.#question);
    await this.#say('approve', this.#question);
    const record = await this.#recorded();
    await this.#end();
    await this.#ask(this.#question);
    return record ? this.#send(record) : this.#say('approve', this.#question);
  }

  /** What somebody signed for another question, and what its buttons carry. */
  async #elsewhere(): Promise<string> {
    const other = this.#rig.question(`${this.#item}-other`, { head: 'f'.repeat(40), planHash: 'plan-2' });
    await this.#ask(other);
    await this.#say('approve', other);
    const record = await this.#recorded(other);
    await this.#end(other);
    await this.#ask(this.#question);
    const pressed = await this.#say('approve', { ...other, id: this.#question.id, item: this.#item });
    return record ? this.#send(record) : pressed;
  }

  /** A no that is made a yes, and a yes in the name of somebody else. */
  async #edit(): Promise<string> {
    const pressed = await this.#say('approve', { ...this.#question, planHash: 'plan-0' });
    await this.#say('ask-back', this.#question);
    const record = await this.#recorded();
    if (!record) return pressed;
    await this.#send({ ...record, decision: 'approve', nonce: nonce(), actor: { source: 'cli', id: 'mia' } });
    return this.#send({ ...record, decision: 'approve', nonce: nonce() });
  }

  /** By its channel. What whoever says it is told; empty when it was taken. */
  async #say(decision: 'approve' | 'ask-back', seen: ApprovalQuestion): Promise<string> {
    const { actor, channel } = this.#cell;
    const { rig, draft } = { rig: this.#rig, draft: { ...bindingOf(seen), decision, reason: 'as it is' } };
    if (channel === 'raw') return this.#raw(decision, seen);
    if (channel === 'cli') {
      const response = await fetch(`${rig.gateway.url}/approvals`, {
        method: 'POST',
        headers: { authorization: `Bearer ${rig.tokens[actor.name]}` },
        body: JSON.stringify(draft),
      });
      const { taken, said, error } = (await response.json()) as { taken?: boolean; said?: string; error?: string };
      return taken ? '' : `${response.status} ${said ?? error}`;
    }
    const source = SOURCES[channel satisfies Exclude<Channel, 'raw' | 'cli'>];
    const receipt = await rig.approver.answer({
      ...{ ...draft, via: source, actor: { source, id: rig.idOf(actor.name, source) } },
    });
    return receipt.taken ? '' : receipt.said;
  }

  /** Past the gateway: as a message of before there were records, as a record that nobody signed, and as a signal. */
  async #raw(decision: 'approve' | 'ask-back', seen: ApprovalQuestion): Promise<string> {
    const { actor } = this.#cell;
    const by = { id: actor.key ?? 'bot' };
    const bare = { decision, head: seen.head, by, reason: 'as it is' } as unknown as ApprovalRecord;
    const record: ApprovalRecord = {
      ...{ ...bindingOf(seen), decision, reason: '', via: 'cli', actor: { source: 'cli', id: by.id } },
      ...{ mission: workflowId.mission(seen.item), at: new Date().toISOString(), nonce: nonce() },
      ...{ keyId: '0'.repeat(16), signature: Buffer.alloc(64).toString('base64') },
    };
    await this.#handle(seen).signal('answerApproval', bare);
    await this.#send(bare, seen);
    return this.#send(record, seen);
  }

  async #send(record: ApprovalRecord, to = this.#question): Promise<string> {
    return this.#handle(to)
      .executeUpdate(answerApproval, { args: [record] })
      .then(() => '')
      .catch((error: Error) => (error.cause as Error | undefined)?.message ?? error.message);
  }

  #handle({ item }: ApprovalQuestion = this.#question): WorkflowHandle {
    return this.#server.client.workflow.getHandle(workflowId.approval(item, 1));
  }

  async #ask(question: ApprovalQuestion): Promise<void> {
    const { item } = question;
    const terms = this.#rig.terms(`signalbox/${this.#item}`);
    await this.#server.client.workflow.start('approval', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.approval(item, 1) },
      args: [{ question, source: { kind: 'linear', id: item }, attempt: 1, terms }],
    });
  }

  /** Whoever reads histories finds every record there. */
  async #recorded(question = this.#question): Promise<ApprovalRecord | undefined> {
    const { events } = await this.#handle(question).fetchHistory();
    const payload = (events ?? [])
      .flatMap(
        ({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) =>
          accepted?.acceptedRequest?.input?.args?.payloads?.[0] ?? [],
      )
      .at(-1);
    return payload?.data ? (JSON.parse(Buffer.from(payload.data).toString()) as ApprovalRecord) : undefined;
  }

  async #end(question = this.#question): Promise<void> {
    await this.#handle(question)
      .terminate('the trial is over')
      .catch(() => undefined);
  }
}
