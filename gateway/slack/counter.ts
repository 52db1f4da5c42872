import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { requestMessage } from '../../chat/overview.js';
import { parse } from '../../schemas/parse.js';
import type { Person } from '../../schemas/people.js';
import { type Actor, Signal } from '../../schemas/signal.js';
import type { SlackChannel } from '../../schemas/slack-settings.js';
import type { MissionStatus } from '../../workflows/messages.js';
import type { Approver } from '../approver.js';
import { type Desk, RefusedOrder } from '../desk.js';
import type { Dispatcher, Requests } from '../dispatch.js';
import { checkRepo, type Permissions, type Place } from './permission.js';

// What all listeners share: who may, what there is, and how something is asked for.

const TITLE_CHARS = 120;

export interface CounterOptions {
  readonly permissions: Permissions;
  readonly desk: Desk;
  readonly dispatcher: Dispatcher;
  readonly requests: Requests;
  readonly approver: Approver;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface Asked extends Place {
  readonly trigger: string;
  readonly text: string;
  readonly repo?: string;
}

export class Counter {
  readonly permissions: Permissions;
  readonly desk: Desk;
  readonly approver: Approver;
  readonly log: CounterOptions['log'];
  readonly #dispatcher: Dispatcher;
  readonly #requests: Requests;

  constructor({ permissions, desk, dispatcher, requests, approver, log }: CounterOptions) {
    this.permissions = permissions;
    this.desk = desk;
    this.approver = approver;
    this.log = log;
    this.#dispatcher = dispatcher;
    this.#requests = requests;
  }

  /** Throws what says why when there is none, or it is none of the channel's business. */
  async mission(item: string, channel: SlackChannel): Promise<MissionStatus> {
    const found = await this.desk.mission(item);
    if (!found) throw new RefusedOrder(`There is no mission ${item}. See /signalbox status.`);
    checkRepo(channel, found.repo);
    return found;
  }

  /** As missions and their notes have it. */
  by(user: string, person: Person): Actor {
    return { id: `slack:${user}`, name: person.name };
  }

  /** Of what somebody did: Slack says so by the id of its trigger. */
  idOf(trigger: string): string {
    return hash(trigger).slice(0, 32);
  }

  /** To the triage of a message that is there. */
  async wake(
    type: 'ticket.labelled' | 'ticket.commented',
    subject: string,
    { id, user }: { id: string; user: string },
  ) {
    await this.#send({ type, subject, id, data: { actor: { id: user } } });
  }

  /** Something without a message yet. Its durable part is done when this returns. */
  async ask({ channel, user, trigger, text, repo }: Asked): Promise<void> {
    const { text: shown, blocks } = requestMessage({ text, repo, user });
    const id = this.idOf(trigger);
    const title = titleOf(text);
    const data = { title, text, ...(repo !== undefined && { repo }), actor: { id: user } };
    const { subject: _none, ...signal } = signalOf({ type: 'prompt.submitted', subject: 'none', id, data });
    await this.#requests.request(id, { message: { channel, text: shown, blocks: JSON.stringify(blocks) }, signal });
    this.log.info({ source: 'slack', channel, request: id }, 'mission asked for');
  }

  /** Returns the key of its item. */
  async incident({ channel, user, trigger, text, repo }: Asked): Promise<string> {
    const fingerprint = hash(`${repo ?? ''}\n${text.toLowerCase().replace(/\W+/g, ' ').trim()}`).slice(0, 16);
    const subject = `slack-${fingerprint}`;
    const alert = {
      ...{ fingerprint, name: titleOf(text), status: 'firing' as const, severity: 'urgent' as const },
      ...{ summary: text.slice(0, 2_000), startsAt: new Date().toISOString() },
      labels: { channel, ...(repo !== undefined && { repo }) },
    };
    const data = { alert, actor: { id: user }, ...(repo !== undefined && { repo }) };
    await this.#send({ type: 'alert.fired', subject, id: this.idOf(trigger), data });
    return subject;
  }

  async #send(event: Event): Promise<void> {
    const signal = signalOf(event);
    const { workflowId, accepted } = await this.#dispatcher.signal(signal);
    this.log.info(
      { source: 'slack', type: signal.type, subject: signal.subject, workflowId, accepted },
      'signal dispatched',
    );
  }
}

interface Event {
  readonly type: Signal['type'];
  readonly subject: string;
  readonly id: string;
  readonly data: Signal['data'];
}

function signalOf({ type, subject, id, data }: Event): Signal {
  const signal = {
    ...{ specversion: '1.0', source: 'slack', type, subject, id, data },
    // Sent again it has the same id, and so is one.
    ...{ time: new Date().toISOString(), bodyhash: hash(`slack ${type} ${subject} ${id}`) },
  };
  return parse(Signal, signal, 'what Slack sent');
}

function titleOf(text: string): string {
  const [first = ''] = text.trim().split('\n');
  return first.length > TITLE_CHARS ? `${first.slice(0, TITLE_CHARS)}…` : first || 'Asked for in Slack';
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
