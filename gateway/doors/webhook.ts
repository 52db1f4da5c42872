import type { WebhookSettings } from '../../schemas/door-settings.js';
import { keyPart } from '../../schemas/issue-key.js';
import { sha256 } from '../digest.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { actor, line, received } from './received.js';
import { checkToken, isSigned, refused, type Secrets } from './verify.js';

// Senders that only the configuration knows: support mail, a form. There is no place to read the item again, so what it
// says is the item itself: a prompt, as if somebody had handed it in.

export interface GenericSettings {
  readonly secrets: Secrets;
  readonly webhook: WebhookSettings;
}

export function webhookDoor({ secrets, webhook }: GenericSettings): Door {
  return {
    name: webhook.name,
    receive(delivery) {
      if (webhook.verify === 'token') checkToken(delivery, secrets);
      else verify(secrets, delivery, webhook.signatureHeader);
      return understand(webhook, delivery);
    },
    again: (delivery) => understand(webhook, delivery),
  };
}

function verify(secrets: Secrets, delivery: Delivery, header: string): void {
  const signature = delivery.header(header)?.replace(/^sha256=/, '');
  if (!signature) throw refused(`the ${header} header is missing`);
  if (!isSigned({ content: delivery.body, signatures: [signature], secrets })) {
    throw refused('the signature does not match the body');
  }
}

function understand(webhook: WebhookSettings, delivery: Delivery): Received {
  const { name, repo } = webhook;
  const payload = parseJson(delivery.body, `the webhook ${name}`);
  const at = (pointer: string | undefined) => (pointer === undefined ? undefined : textAt(payload, pointer));
  const [title, text, reporter] = [line(at(webhook.title), 500), at(webhook.text), line(at(webhook.reporter), 200)];
  if (!title) return { odd: `${webhook.title}: expected a title there` };
  if (!text?.trim()) return { odd: `${webhook.text}: expected a text there` };
  const id = at(webhook.id);
  if (webhook.id !== undefined && !id) return { odd: `${webhook.id}: expected an id there` };
  const data = { title, text: text.slice(0, 60_000), ...(repo && { repo }), ...actor(reporter, reporter) };
  const subject = `${name}-${id === undefined ? sha256(delivery.body.toString()).slice(0, 16) : itemKey(id)}`;
  return received({
    ...{ source: 'webhook', delivery, id: undefined },
    events: [{ type: 'prompt.submitted', subject, data }],
  });
}

/** Short ids stay readable; one that had to be changed or cut could be another's. */
function itemKey(id: string): string {
  return keyPart(id) === id && id.length <= 60 ? id : sha256(id).slice(0, 16);
}

/** Only what the document itself has: `/constructor` is no text of it. */
function textAt(document: unknown, pointer: string): string | undefined {
  let value = document;
  for (const step of pointer.slice(1).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}
