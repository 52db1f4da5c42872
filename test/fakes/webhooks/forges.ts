import { createHmac, randomUUID } from 'node:crypto';

// Webhooks of GitHub and of Gitea, as they sign and send them.

export interface ForgeHook {
  readonly event: string;
  readonly payload: unknown;
  readonly secret: string;
  readonly delivery?: string;
}

export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function githubWebhook({ event, payload, secret, delivery = randomUUID() }: ForgeHook): Sent {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-github-hook-id': '292430182',
      'x-hub-signature': `sha1=${hmac('sha1', secret, body)}`,
      'x-hub-signature-256': `sha256=${hmac('sha256', secret, body)}`,
    },
  };
}

export function giteaWebhook({ event, payload, secret, delivery = randomUUID() }: ForgeHook): Sent {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2);
  const signature = hmac('sha256', secret, body);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-gitea-delivery': delivery,
      'x-gitea-event': event,
      'x-gitea-signature': signature,
      'x-gogs-delivery': delivery,
      'x-gogs-event': event,
      'x-gogs-signature': signature,
      'x-hub-signature': `sha1=${hmac('sha1', secret, body)}`,
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-delivery': delivery,
      'x-github-event': event,
    },
  };
}

/** Forgejo sends all that Gitea sends, and the same once more under its own name, with the type that was subscribed to. */
export function forgejoWebhook(hook: ForgeHook & { readonly type?: string }): Sent {
  const { headers, body } = giteaWebhook(hook);
  const { event, type = event } = hook;
  return {
    body,
    headers: {
      ...headers,
      'x-forgejo-delivery': headers['x-gitea-delivery'] ?? '',
      'x-forgejo-event': event,
      'x-forgejo-event-type': type,
      'x-forgejo-signature': headers['x-gitea-signature'] ?? '',
      'x-gitea-event-type': type,
      'x-gogs-event-type': type,
      'x-github-event-type': type,
    },
  };
}

function hmac(algorithm: 'sha1' | 'sha256', secret: string, body: string): string {
  return createHmac(algorithm, secret).update(body).digest('hex');
}
