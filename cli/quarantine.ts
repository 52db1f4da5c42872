import { createQuarantine, type OddDelivery, type Quarantine } from '../adapters/quarantine/quarantine.js';
import { createStorage } from '../adapters/storage/storage.js';
import { type LookedAgain, lookAgain } from '../gateway/again.js';
import { createDispatcher } from '../gateway/dispatch.js';
import { doorNamed } from '../gateway/doors/index.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, type Output, processOutput, safe, safeLines } from './output.js';
import { since } from './text.js';

// What came from the right sender and was not understood: look at it, let it through again, or throw it away.

interface Options {
  readonly json: boolean;
}

interface OfOne extends Options {
  readonly id: string;
}

export async function list(options: Options): Promise<number> {
  const { quarantine, output } = await open();
  const ids = await quarantine.list();
  const kept = await Promise.all(ids.map(async (id) => ({ id, odd: await quarantine.read(id) })));
  const views = kept.flatMap(({ id, odd }) => (odd ? [{ id, at: odd.at, reason: odd.reason }] : []));
  const newestFirst = views.toSorted((one, other) => other.at.localeCompare(one.at));
  if (options.json) output.data(json(newestFirst));
  else if (newestFirst.length === 0) output.talk('nothing is in quarantine');
  else for (const { id, at, reason } of newestFirst) output.data(`${id}  ${ago(at)}  ${firstLine(reason)}`);
  return 0;
}

export async function show({ id, ...options }: OfOne): Promise<number> {
  const { quarantine, output } = await open();
  const odd = await must(quarantine, id);
  const { body: encoded, ...about } = odd;
  const body = Buffer.from(encoded, 'base64').toString();
  if (options.json) output.data(json({ id, ...about, body }));
  else describe(output, { id, odd, body });
  return 0;
}

export function retry({ id, ...options }: OfOne): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const { quarantine } = await open(config);
    const odd = await must(quarantine, id);
    const door = doorNamed(odd.door, config);
    if (!door) throw new Refusal(`there is no door "${odd.door}" in this configuration`);
    const result = await lookAgain({ odd, door, dispatcher: createDispatcher({ client, dedupeMs: config.dedupeMs }) });
    const isStillOdd = 'odd' in result;
    if (!isStillOdd) await quarantine.remove(id);
    if (options.json) output.data(json({ id, ...result }));
    else output.talk(toldOf(result));
    return isStillOdd ? 1 : 0;
  });
}

export async function remove({ id, ...options }: OfOne): Promise<number> {
  const { quarantine, output } = await open();
  await must(quarantine, id);
  await quarantine.remove(id);
  if (options.json) output.data(json({ id, removed: true }));
  else output.talk(`${id} is gone`);
  return 0;
}

async function open(
  config: Config = loadConfig(),
): Promise<{ readonly quarantine: Quarantine; readonly output: Output }> {
  return {
    quarantine: createQuarantine((await createStorage(config)).place('quarantine')),
    output: processOutput(config.color),
  };
}

async function must(quarantine: Quarantine, id: string): Promise<OddDelivery> {
  const odd = await quarantine.read(id);
  if (!odd) throw new Refusal(`there is no ${id} in quarantine; \`signalbox quarantine ls\` shows what there is`);
  return odd;
}

interface Described {
  readonly id: string;
  readonly odd: OddDelivery;
  readonly body: string;
}

function describe(output: Output, { id, odd, body }: Described): void {
  const headers = Object.entries(odd.headers).map(([name, value]) => `  ${safe(name)}: ${safe(value)}`);
  output.data(
    [id, `came ${ago(odd.at)} (${odd.at})`, safeLines(odd.reason), ...headers, '', safeLines(body)].join('\n'),
  );
}

function toldOf(result: LookedAgain): string {
  if ('odd' in result) return `still not understood, and still kept: ${safeLines(result.odd)}`;
  if ('ignored' in result) return `understood now, and nothing to do: ${safe(result.ignored)}`;
  return `understood now: ${result.dispatched.map(({ workflowId, accepted }) => `${workflowId} ${accepted}`).join(', ')}`;
}

function ago(at: string): string {
  return `${since(at, Date.now())} ago`;
}

function firstLine(reason: string): string {
  return safe(reason.replace(/\s*\n\s*/g, ' ').slice(0, 160));
}
