import { type Account, accountsOf } from '../adapters/accounts/accounts.js';
import type { Config } from '../temporal.config.js';
import { DOOR_GUIDES } from './door-guides.js';

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
    const [door] = vendor.split(' ');
    const guided = DOOR_GUIDES.some((guide) => guide.door === door);
    return { probe: vendor, ok: false, detail, remedy: guided ? `signalbox connect ${door}` : METRICS_REMEDY };
  }
}

function within<Result>(work: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS).unref();
  });
  return Promise.race([work, late]);
}

const METRICS_REMEDY = 'mend `metrics` in signalbox.config.yaml, or PROMETHEUS_TOKEN: docs/monitors.md';

/** No door is a choice; one secret that is still the old one is worth to know. */
function doors({ webhookSecrets, doors: { webhooks }, slack: { signingSecrets, appToken } }: Config): Probe[] {
  const open = Object.entries({ ...webhookSecrets, slack: signingSecrets }).flatMap(([source, secrets]) => {
    if (secrets.length === 0) return [];
    const names = source === 'webhook' ? webhooks.map(({ name }) => name) : [source];
    const detail = `open at ${names.map((name) => `/webhooks/${name}`).join(', ')}`;
    const changing = secrets.length > 1 ? '; the secret before is still taken' : '';
    return [{ probe: `door ${source}`, ok: true, detail: `${detail}${changing}`, remedy: '' }];
  });
  const socket = { probe: 'door slack', ok: true, detail: 'open by Socket Mode', remedy: '' };
  return appToken === undefined ? open : [...open, socket];
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
