import { setTimeout as sleep } from 'node:timers/promises';
import { approvalMessage } from '../../chat/approval.js';
import type { ApprovalQuestion } from '../../schemas/approval.js';
import { bindingOf } from '../../schemas/approval-record.js';
import { workflowId } from '../../schemas/names.js';
import type { FakeSlack } from '../fakes/slack.js';
import type { Told } from '../fakes/slack-people.js';
import { BOT, BOT_ID } from '../fakes/slack-workspace.js';
import { githubWebhook } from '../fakes/webhooks/forges.js';

// What a person does at a source, as the request that the source makes of it: signed as it signs, over HTTP to the
// gateway. A request can be kept, sent again and altered, like by whoever has seen it.

/** The door of people who type. */
export type DoorChannel = 'slack' | 'forge' | 'cli';

export interface Knock {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What whoever did it is told; empty when it was taken. */
  readonly told: (response: Response) => Promise<string>;
}

export interface DoorsOptions {
  readonly url: string;
  readonly slack: FakeSlack;
  readonly channel: string;
  readonly project: string;
  readonly githubSecret: string;
  /** By the name of the actor. */
  readonly tokens: Readonly<Record<string, string>>;
  /** The id of an actor at a source. */
  readonly idOf: (actor: string, source: 'slack' | 'github') => string;
}

/** After the acknowledgement a person is told within this. */
const TOLD_MS = 90_000;

export class Doors {
  readonly #options: DoorsOptions;

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /** The yes of somebody who saw this question. */
  yes(channel: DoorChannel, actor: string, seen: ApprovalQuestion): Knock {
    if (channel === 'cli') return this.#typed(actor, seen, 'approve');
    return channel === 'slack' ? this.#pressed('approval_approve', actor, seen) : this.click('approve', actor, seen);
  }

  /** A button of the check at GitHub. */
  click(button: 'approve' | 'reject', actor: string, { item, head }: ApprovalQuestion): Knock {
    const { project, githubSecret: secret, idOf } = this.#options;
    const payload = {
      action: 'requested_action',
      check_run: {
        ...{ id: 9, name: 'signalbox/approval', head_sha: head, external_id: `${workflowId.mission(item)}#1` },
        ...{ status: 'completed', conclusion: 'action_required', check_suite: { head_branch: `signalbox/${item}` } },
      },
      requested_action: { identifier: button },
      repository: { id: 1, full_name: project },
      sender: { id: Number(idOf(actor, 'github')), login: actor.replaceAll(' ', '-'), type: 'User' },
    };
    const sent = githubWebhook({ event: 'check_run', payload, secret });
    return { path: '/webhooks/github', ...sent, told: toldByForge };
  }

  /** Asks first: by a button and the form behind it, or by a command. Undefined where a channel has no way to. */
  async askBack(channel: DoorChannel, actor: string, seen: ApprovalQuestion): Promise<void> {
    if (channel === 'cli') await this.send(this.#typed(actor, seen, 'ask-back'));
    if (channel !== 'slack') return;
    const { slack, idOf } = this.#options;
    await this.send({ ...this.#pressed('approval_ask_back', actor, seen), told: async () => '' });
    const view = slack.workspace.views.find(({ private_metadata: about }) => about?.includes(`${seen.id}\\"`));
    // Whoever may not press gets no form.
    if (view) await this.send(this.#interaction(slack.people.submit(view, { text: 'why?' }, idOf(actor, 'slack'))));
  }

  async send({ path, headers, body, told }: Knock): Promise<string> {
    const knock = () => fetch(`${this.#options.url}${path}`, { method: 'POST', headers, body });
    let response = await knock();
    // A machine that is busy asks for it once more, and vendors and people do that.
    for (let again = 0; response.status === 503 && again < 5; again++) response = await knock();
    if (response.ok) return told(response);
    const { said, error } = (await response.json()) as { readonly said?: string; readonly error?: string };
    return `${response.status} ${said ?? error}`;
  }

  #typed(actor: string, seen: ApprovalQuestion, decision: 'approve' | 'ask-back'): Knock {
    const headers = { authorization: `Bearer ${this.#options.tokens[actor]}` };
    const body = JSON.stringify({ ...bindingOf(seen), decision, reason: 'as it is' });
    return { path: '/approvals', headers, body, told: async () => '' };
  }

  /** On the message that shows the question, in the channel. */
  #pressed(button: string, actor: string, question: ApprovalQuestion): Knock {
    const { slack, channel, idOf } = this.#options;
    const { workspace } = slack;
    const { text, blocks } = approvalMessage({ question, state: 'open' });
    const message = workspace.post(channel, {
      ...{ ts: workspace.time(), user: BOT.id, bot_id: BOT_ID, text, blocks: blocks as never, reactions: [] },
    });
    return this.#interaction(slack.people.press(button, message, { channel, user: idOf(actor, 'slack') }));
  }

  #interaction(told: Told): Knock {
    const { slack } = this.#options;
    const isForm = told.payload.type === 'view_submission';
    let sent = 0;
    return {
      path: '/webhooks/slack',
      ...slack.sign(told),
      told: async () => (isForm ? '' : toldBySlack(slack, told, ++sent)),
    };
  }
}

async function toldByForge(response: Response): Promise<string> {
  const { ignored, answers = [] } = (await response.json()) as {
    readonly ignored?: string;
    readonly answers?: readonly { readonly taken: boolean; readonly said: string }[];
  };
  if (ignored !== undefined) return ignored;
  if (answers.length === 0) return 'no question is open';
  return answers.flatMap(({ taken, said }) => (taken ? [] : [said])).join('; ');
}

/** It comes after the acknowledgement, where Slack takes answers: one for each time that it was sent. */
async function toldBySlack(slack: FakeSlack, told: Told, nth: number): Promise<string> {
  for (const end = Date.now() + TOLD_MS; Date.now() < end; await sleep(50)) {
    const text = slack.responsesTo(told)[nth - 1]?.text;
    if (text !== undefined) return text.startsWith(':white_check_mark:') ? '' : text;
  }
  throw new Error('Slack was told nothing');
}
