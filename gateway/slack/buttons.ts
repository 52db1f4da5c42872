import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { DECISIONS } from '../../chat/approval.js';
import type { ChatMessage } from '../../chat/blocks.js';
import { INCIDENT_ANSWERS } from '../../chat/incident.js';
import { answerModal, decisionModal, PERSON, steerModal, TEXT } from '../../chat/modals.js';
import { escaped } from '../../chat/mrkdwn.js';
import { refusalMessage, saidMessage } from '../../chat/overview.js';
import { ApprovalBinding } from '../../schemas/approval-record.js';
import { parse, RefusedInput } from '../../schemas/parse.js';
import { type Answering, answerPress, refusalOf } from './answer.js';
import type { Counter } from './counter.js';
import type { Place } from './permission.js';

// Buttons and the forms behind them. Who pressed, and where, is what Slack says; whether they may is asked anew.

type Decision = keyof typeof DECISIONS;

interface Press extends Place {
  readonly trigger: string;
  readonly value: string;
  readonly openModal: (view: object) => Promise<unknown>;
}

export function listenToButtons(app: App, counter: Counter): void {
  const on = (action: string, work: (press: Press) => Promise<ChatMessage | undefined>) =>
    app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: action }, async (args) => {
      const { body, action: pressed, ack, respond, context, client } = args;
      const { trigger_id: trigger } = body;
      const openModal = (view: object) => client.views.open({ trigger_id: trigger, view: view as never });
      const answering: Answering = { ack: () => ack(), respond, context, log: counter.log };
      const place = { channel: body.channel?.id ?? '', user: body.user.id };
      await answerPress(answering, () => work({ ...place, trigger, value: pressed.value ?? '', openModal }));
    });

  for (const kind of ['pause', 'resume', 'cancel'] as const) {
    on(`mission_${kind}`, async (press) => {
      const by = await mayOrder(counter, press);
      await counter.desk.order({ kind, item: press.value, text: '', by, id: counter.idOf(press.trigger) });
      return undefined;
    });
  }
  on('mission_steer', async (press) => {
    await mayOrder(counter, press);
    await press.openModal(steerModal(press.value, press.channel));
    return undefined;
  });
  on('mission_answer', async (press) => {
    await mayOrder(counter, press);
    await press.openModal(answerModal({ item: press.value, of: 'mission' }, press.channel));
    return undefined;
  });
  on('triage_answer', async (press) => {
    await counter.permissions.order(press);
    await press.openModal(answerModal({ item: press.value, of: 'triage' }, press.channel));
    return undefined;
  });
  on(DECISIONS.approve, async (press) => {
    await counter.permissions.order(press);
    return decide(counter, press, { binding: press.value, decision: 'approve', reason: '' });
  });
  for (const decision of ['approve', 'reject'] as const) {
    on(INCIDENT_ANSWERS[decision], async (press) => {
      await counter.permissions.order(press);
      return decide(counter, press, { binding: press.value, decision, reason: '' });
    });
  }
  for (const decision of ['reject', 'ask-back', 'hand-over'] as const) {
    on(DECISIONS[decision], async (press) => {
      await counter.permissions.order(press);
      bindingOf(press.value);
      await press.openModal(decisionModal(decision, press.value, press.channel));
      return undefined;
    });
  }
  listenToForms(app, counter);
}

function listenToForms(app: App, counter: Counter): void {
  const on = (callback: string, work: (form: Form) => Promise<void>) =>
    app.view({ type: 'view_submission', callback_id: callback }, async ({ body, view, ack }) => {
      const about = aboutOf(view.private_metadata);
      const { values } = view.state;
      try {
        const text = (values[TEXT]?.[TEXT]?.value ?? '').trim();
        const person = values[PERSON]?.[PERSON]?.selected_user ?? '';
        const channel = about.channel ?? '';
        await work({ about, text, person, channel, user: body.user.id, trigger: view.id });
        await ack();
      } catch (error) {
        const { text } = refusalOf(error, counter.log);
        // Shown under the field, and the form stays with what was written.
        const field = PERSON in values ? PERSON : TEXT;
        await ack({ response_action: 'errors', errors: { [field]: plainly(text) } });
      }
    });

  on('run', async ({ text, ...place }) => {
    await counter.permissions.order(place);
    await counter.ask({ ...place, text });
  });
  on('steer', async (form) => {
    const item = form.about.item ?? '';
    const by = await mayOrder(counter, { ...form, value: item });
    await counter.desk.order({ kind: 'steer', item, text: form.text, by, id: counter.idOf(form.trigger) });
  });
  on('answer', async (form) => {
    const { item = '', of } = form.about;
    const id = counter.idOf(form.trigger);
    if (of === 'triage') {
      const { person } = await counter.permissions.order(form);
      await counter.desk.answerTriage({ dedupeKey: item, id, text: form.text, by: counter.by(form.user, person) });
    } else {
      const by = await mayOrder(counter, { ...form, value: item });
      await counter.desk.order({ kind: 'answer', item, text: form.text, by, id });
    }
  });
  for (const decision of ['reject', 'ask-back', 'hand-over'] as const) {
    on(decision, async (form) => {
      await counter.permissions.order(form);
      const to = decision === 'hand-over' ? await personAt(counter, form) : undefined;
      const receipt = await answer(counter, form, {
        ...{ binding: form.about.binding ?? '', decision, reason: form.text },
        ...(to !== undefined && { to }),
      });
      if (!receipt.taken) throw new RefusedInput('The answer', [receipt.said]);
    });
  }
}

interface Form extends Place {
  readonly about: Readonly<Record<string, string>>;
  readonly text: string;
  readonly person: string;
  readonly trigger: string;
}

interface Answer {
  readonly binding: string;
  readonly decision: Decision;
  readonly reason: string;
  readonly to?: { readonly person: string };
}

async function decide(
  counter: Counter,
  place: Place & { readonly trigger: string },
  given: Answer,
): Promise<ChatMessage | undefined> {
  const { taken, said } = await answer(counter, place, given);
  return taken ? saidMessage(`:white_check_mark: ${escaped(said)}`) : refusalMessage(`It does not count: ${said}.`, '');
}

/** The door vouches for who pressed; whether it counts is decided where the question is. */
function answer(
  counter: Counter,
  { user, trigger }: Place & { readonly trigger: string },
  { binding, decision, reason, to }: Answer,
) {
  const draft = {
    ...bindingOf(binding),
    ...{ decision, reason, via: 'slack' as const, actor: { source: 'slack' as const, id: user } },
    ...(to !== undefined && { to }),
  };
  return counter.approver.answer(draft, trigger);
}

/** A button may be old or made up: what it carries is checked where it is used. */
function bindingOf(value: string) {
  try {
    return parse(ApprovalBinding, JSON.parse(value), 'this button');
  } catch (error) {
    if (error instanceof RefusedInput) throw error;
    throw new RefusedInput('this button', ['it carries no question: ask for it again by /signalbox approve']);
  }
}

async function personAt(counter: Counter, { channel, person: user }: Form): Promise<{ readonly person: string }> {
  const { person } = await counter.permissions.order({ channel, user });
  return { person: person.key };
}

async function mayOrder(counter: Counter, { channel: id, user, value }: Place & { readonly value: string }) {
  const { channel, person } = await counter.permissions.order({ channel: id, user });
  await counter.mission(value, channel);
  return counter.by(user, person);
}

function aboutOf(metadata: string): Readonly<Record<string, string>> {
  try {
    const about: unknown = JSON.parse(metadata);
    return typeof about === 'object' && about !== null ? (about as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Under a field there is no markup. */
function plainly(text: string): string {
  return text
    .replace(/\u2060/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .slice(0, 150);
}
