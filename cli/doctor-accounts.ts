import { type Account, accountsOf } from '../adapters/accounts/accounts.js';
import type { Config } from '../temporal.config.js';

// Whether every vendor that is configured knows our token, and whether its door here is open.

/** A vendor that is slower than this is as good as away for whoever runs this. */
const ANSWER_MS = 10_000;

interface Probe {
  readonly probe: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string;
}

export async function accountProbes(config: Config): Promise<Probe[]> {
  return [...(await Promise.all(accountsOf(config).map(probe))), ...doors(config), await gateway(config)];
}

async function probe({ vendor, who }: Account): Promise<Probe> {
  try {
    return { probe: vendor, ok: true, detail: await within(who()), remedy: '' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { probe: vendor, ok: false, detail, remedy: `signalbox connect ${vendor.split(' ')[0]}` };
  }
}

function within<Result>(work: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS).unref();
  });
  return Promise.race([work, late]);
}

/** No door is a choice; one secret that is still the old one is worth to know. */
function doors({ webhookSecrets }: Config): Probe[] {
  return Object.entries(webhookSecrets).map(([source, secrets]) => {
    const changing = (secrets?.length ?? 0) > 1;
    const detail = `open at /webhooks/${source}${changing ? '; the secret before is still taken' : ''}`;
    return { probe: `door ${source}`, ok: true, detail, remedy: '' };
  });
}

/** Where nothing comes in nothing can be wrong with it. */
async function gateway({ gateway: { host, port } }: Config): Promise<Probe> {
  const at = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  const failed = (detail: string): Probe => ({ probe: 'gateway', ok: false, detail, remedy: 'signalbox gateway' });
  try {
    const response = await within(fetch(`${at}/readyz`));
    if (response.ok) return { probe: 'gateway', ok: true, detail: at, remedy: '' };
    return failed(`${at} answers ${response.status}: ${await response.text()}`);
  } catch {
    return failed(`nothing answers at ${at}`);
  }
}
