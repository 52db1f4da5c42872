import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { ApprovalQuestion } from '../../schemas/approval.js';
import { type ApprovalRecord, bindingOf } from '../../schemas/approval-record.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { answerApproval, approvalStatus } from '../../workflows/messages-standing.js';
import { eventually } from '../eventually.js';
import type { StubbedServer } from '../workflows/server.js';
import type { Knock } from './p12-doors.js';
import type { Rig } from './p12-rig.js';
import { broken, CELLS, type Cell } from './p12-rules.js';

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
/** Temporal lists what runs a moment after it has begun. */
const LISTED_MS = 90_000;

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
    // On a busy machine a step of a workflow may have to be taken again, and until then nobody can ask it.
    const { state } = await eventually(
      () => this.#handle().query(approvalStatus),
      () => true,
    );
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
    return this.#yes(this.#question);
  }

  /** What was sent, and what was recorded of it, once more when the same is asked again. */
  async #replay(): Promise<string> {
    await this.#ask(this.#question);
    const knock = this.#knock(this.#question);
    await (knock ? this.#rig.doors.send(knock) : this.#raw(this.#question));
    const record = await this.#recorded();
    await this.#end();
    await this.#ask(this.#question);
    // GitHub signs the body alone: whoever has seen one may send it as another delivery. A token can be used anew.
    const again = knock && { ...knock, headers: { ...knock.headers, 'x-github-delivery': randomUUID() } };
    const told = again && this.#cell.channel !== 'cli' ? await this.#rig.doors.send(again) : '';
    if (record) return this.#send(record);
    return told || this.#yes(this.#question);
  }

  /** What somebody said about another question, and what its buttons carry. */
  async #elsewhere(): Promise<string> {
    const other = this.#rig.question(`${this.#item}-other`, { head: 'f'.repeat(40), planHash: 'plan-2' });
    await this.#ask(other);
    await this.#yes(other);
    const record = await this.#recorded(other);
    await this.#end(other);
    await this.#ask(this.#question);
    const pressed = await this.#yes({ ...other, id: this.#question.id, item: this.#item });
    return record ? this.#send(record) : pressed;
  }

  /** A request that is altered under its signature, a no that is made a yes, and a yes in the name of somebody else. */
  async #edit(): Promise<string> {
    const { channel, actor } = this.#cell;
    const pressed = await this.#altered();
    if (channel !== 'raw') await this.#rig.doors.askBack(channel, actor.name, this.#question);
    const record = await this.#recorded();
    if (!record) return pressed;
    await this.#send({ ...record, decision: 'approve', nonce: nonce(), actor: { source: 'cli', id: 'mia' } });
    return this.#send({ ...record, decision: 'approve', nonce: nonce() });
  }

  async #altered(): Promise<string> {
    const { channel, actor } = this.#cell;
    const { doors, idOf } = this.#rig;
    const madeUp = { ...this.#question, planHash: 'plan-0' };
    if (channel === 'raw' || channel === 'cli') return this.#yes(madeUp);
    if (channel === 'slack') await this.#yes(madeUp);
    else {
      const no = doors.click('reject', actor.name, this.#question);
      await doors.send(altered(no, '"identifier":"reject"', '"identifier":"approve"'));
    }
    // With the id of somebody who may, where there was that of whoever did it.
    const source = channel === 'slack' ? 'slack' : 'github';
    const other = actor.name === 'admin' ? 'member of the team' : 'admin';
    const yes = doors.yes(channel, actor.name, this.#question);
    return doors.send(altered(yes, idOf(actor.name, source), idOf(other, source)));
  }

  #knock(seen: ApprovalQuestion): Knock | undefined {
    const { actor, channel } = this.#cell;
    return channel === 'raw' ? undefined : this.#rig.doors.yes(channel, actor.name, seen);
  }

  /** By its channel. What whoever says it is told; empty when it was taken. */
  async #yes(seen: ApprovalQuestion): Promise<string> {
    const knock = this.#knock(seen);
    return knock ? this.#rig.doors.send(knock) : this.#raw(seen);
  }

  /** Past the gateway: as a message of before there were records, as a record that nobody signed, and as a signal. */
  async #raw(seen: ApprovalQuestion): Promise<string> {
    const { actor } = this.#cell;
    const decision = 'approve';
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
    // The door of a forge looks for what is open; a person takes longer to click.
    if (this.#cell.channel === 'forge') await this.#listed(item);
  }

  async #listed(item: string): Promise<void> {
    const query = `WorkflowId = '${workflowId.approval(item, 1)}' AND ExecutionStatus = 'Running'`;
    for (const end = Date.now() + LISTED_MS; Date.now() < end; await sleep(50)) {
      for await (const _run of this.#server.client.workflow.list({ query })) return;
    }
    throw new Error(`${item} is not listed`);
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

/** With the signature that it had. Throws where there is nothing to alter. */
function altered(knock: Knock, from: string, to: string): Knock {
  if (!knock.body.includes(from)) throw new Error(`the body has no ${from}`);
  return { ...knock, body: knock.body.replaceAll(from, to) };
}
