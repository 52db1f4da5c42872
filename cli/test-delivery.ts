import { createHmac, randomUUID } from 'node:crypto';
import type { Source } from '../schemas/source.js';

// A delivery that is signed as its source signs and starts nothing, to see whether the gateway takes it.

interface TestDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Delivered {
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string;
}

/** Undefined for a source whose own page sends tests. */
function harmless(door: Source, secret: string): TestDelivery | undefined {
  const json = { 'content-type': 'application/json' };
  const signed = (content: string) => createHmac('sha256', secret).update(content).digest('hex');
  const made = (content: object, headers: (signature: string) => Record<string, string>): TestDelivery => {
    const body = JSON.stringify(content);
    return { body, headers: { ...json, ...headers(signed(body)) } };
  };
  const id = randomUUID();
  if (door === 'linear') {
    const event = { type: 'Project', action: 'update', data: {}, webhookTimestamp: Date.now() };
    return made(event, (signature) => ({ 'linear-signature': signature, 'linear-delivery': id }));
  }
  if (door === 'github') {
    return made({ zen: 'Anything added dilutes everything else.', hook_id: 1 }, (signature) => ({
      ...{ 'x-hub-signature-256': `sha256=${signature}`, 'x-github-event': 'ping', 'x-github-delivery': id },
    }));
  }
  if (door === 'gitea') {
    return made({ action: 'created', repository: { full_name: 'signalbox/test' } }, (signature) => ({
      ...{ 'x-gitea-signature': signature, 'x-gitea-event': 'repository', 'x-gitea-delivery': id },
    }));
  }
  if (door === 'jira') {
    const event = { webhookEvent: 'project_updated', timestamp: Date.now() };
    return made(event, (signature) => ({ 'x-hub-signature': `sha256=${signature}` }));
  }
  if (door === 'slack') {
    const body = JSON.stringify({ type: 'url_verification', challenge: id });
    const at = String(Math.floor(Date.now() / 1000));
    const signature = `v0=${signed(`v0:${at}:${body}`)}`;
    return { body, headers: { ...json, 'x-slack-request-timestamp': at, 'x-slack-signature': signature } };
  }
  return undefined;
}

/** `gateway`: where it is reached from here. */
export async function sendTest(door: Source, secret: string, gateway: string): Promise<Delivered | undefined> {
  const delivery = harmless(door, secret);
  if (!delivery) return undefined;
  try {
    const response = await fetch(`${gateway}/webhooks/${door}`, {
      ...{ method: 'POST', body: delivery.body, headers: delivery.headers, signal: AbortSignal.timeout(10_000) },
    });
    return understood(response.status, door);
  } catch (error) {
    const detail = error instanceof Error ? `${error.message}${error.cause ? ` (${String(error.cause)})` : ''}` : 'no';
    return { ok: false, detail, remedy: `start the gateway, or say where it is with --gateway` };
  }
}

function understood(status: number, door: Source): Delivered {
  const name = door === 'slack' ? 'SLACK_SIGNING_SECRET' : `${door.toUpperCase()}_WEBHOOK_SECRET`;
  if (status === 200) return { ok: true, detail: 'the gateway has verified a test delivery', remedy: '' };
  if (status === 404) return { ok: false, detail: 'the door is shut', remedy: `start the gateway with ${name}` };
  if (status === 401) return { ok: false, detail: 'the gateway has another secret', remedy: `give it this ${name}` };
  return { ok: false, detail: `the gateway answered ${status}`, remedy: 'look into its log' };
}
