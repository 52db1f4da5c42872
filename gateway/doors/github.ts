import { emitterEventNames, Webhooks } from '@octokit/webhooks';
import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import type { Delivery, Door, Received } from './door.js';
import { type ForgeSettings, type Hook, isNotForUs, projectOf, Sender } from './forge.js';
import { changeEvents } from './github-changes.js';
import { ticketEvents } from './github-tickets.js';
import { parseJson } from './json.js';
import { received } from './received.js';
import { refused } from './verify.js';

// GitHub's webhooks, of an App or of a repository: tickets are issues, changes are branches and pull requests of ours.

const DOCUMENTED: ReadonlySet<string> = new Set(emitterEventNames);
const WITH_ACTIONS: ReadonlySet<string> = new Set(
  emitterEventNames.filter((name) => name.includes('.')).map((name) => name.replace(/\..*/, '')),
);

const Envelope = z.object({
  action: z.string().max(100).nullish(),
  sender: Sender.nullish(),
  repository: z.object({ full_name: z.string().min(3) }).nullish(),
});

export function githubDoor(settings: ForgeSettings): Door {
  const verifiers = settings.secrets.map((secret) => new Webhooks({ secret }));
  return {
    name: 'github',
    deliveryHeader: 'x-github-delivery',
    meaningHeaders: ['x-github-event'],
    async receive(delivery) {
      await verify(verifiers, delivery);
      return understand(settings, delivery);
    },
    again: (delivery) => understand(settings, delivery),
  };
}

async function verify(verifiers: readonly Webhooks[], delivery: Delivery): Promise<void> {
  const signature = delivery.header('x-hub-signature-256');
  if (!signature) throw refused('the X-Hub-Signature-256 header is missing');
  const text = delivery.body.toString();
  // An empty body is none that GitHub signs, and its library refuses to look at it.
  const answers = text === '' ? [] : await Promise.all(verifiers.map((verifier) => verifier.verify(text, signature)));
  if (!answers.includes(true)) throw refused('the signature does not match the body');
}

function readHook(delivery: Delivery): Hook | undefined {
  const event = delivery.header('x-github-event');
  if (!event) return undefined;
  const payload = parseJson(delivery.body, 'the GitHub webhook');
  const { action, sender, repository } = parse(Envelope, payload, 'the GitHub webhook');
  return {
    ...{ event, action: action ?? undefined, name: action ? `${event}.${action}` : event, payload },
    ...{ sender: sender ?? undefined, project: repository?.full_name },
  };
}

/** Events whose action the sender of the event chooses: any is as good as documented. */
const ANY_ACTION: ReadonlySet<string> = new Set(['repository_dispatch']);

function isDocumented({ event, action, name }: Hook): boolean {
  if (!DOCUMENTED.has(event)) return event === 'ping' && action === undefined;
  return action === undefined ? !WITH_ACTIONS.has(event) : DOCUMENTED.has(name) || ANY_ACTION.has(event);
}

function understand(settings: ForgeSettings, delivery: Delivery): Received {
  const read = readHook(delivery);
  if (!read) return { odd: 'the X-GitHub-Event header is missing' };
  const hook = { ...read, project: projectOf(read.project, settings) };
  const { name } = hook;
  if (!isDocumented(hook)) return { odd: `GitHub does not document the event ${name}` };
  const nothing = isNotForUs(hook, read.project, settings);
  if (nothing) return nothing;
  const events = ticketEvents(hook, settings) ?? changeEvents(hook);
  if (events === undefined) return { ignored: `${name} starts nothing` };
  if ('ignored' in events) return events;
  return received({ source: 'github', delivery, id: delivery.header('x-github-delivery'), events });
}
