import type { FakeRequest } from '../../test/fakes/models/fake-models.js';
import type { WorkerProcess } from '../../test/processes.js';
import { countRow, type Row } from '../row.js';
import { planned, runShaped, type Scripted } from './scripted.js';

const CONVERSATION = { turns: 30, tools: 3 };
const HALF = CONVERSATION.turns / 2;
/** Of what the shape of the conversation allows: each call can read all that the call before it sent. */
const TARGET = { atLeast: 0.98 };

/** How much of a conversation is read from the provider's cache, as the provider counts it. */
export async function cacheRows(scripted: Scripted): Promise<Row[]> {
  const { models, installation, worker } = scripted;
  const name = 'input tokens read from cache / what a conversation of 30 turns allows';
  const counts = [await shareOf(scripted, 'CACHE-1')];
  let next: Promise<WorkerProcess> | undefined;
  models.script((call) => {
    // The worker is killed in the middle of the call; the next one knows nothing but what is on disk.
    if (call.turn === HALF && call.system.includes('Role: coder')) {
      next ??= worker.kill().then(() => installation.startWorker('next'));
    }
    return planned(call);
  });
  const afterCrash = [await shareOf(scripted, 'CACHE-2')];
  if (!(await next)) throw new Error('the worker was to be killed half-way');
  return [
    countRow({ name, unit: 'share', counts, target: TARGET }),
    countRow({ name: `${name}, its worker killed half-way`, unit: 'share', counts: afterCrash, target: TARGET }),
  ];
}

async function shareOf(scripted: Scripted, name: string): Promise<number> {
  const before = scripted.models.requests.length;
  await runShaped(scripted, { ...CONVERSATION, name });
  const asked = scripted.models.requests.slice(before).filter(isCoder);
  let [read, allowed] = [0, 0];
  // What the first call finds there is from other conversations.
  for (const [n, request] of asked.slice(1).entries()) {
    read += request.usage?.cacheRead ?? 0;
    allowed += Math.min(sent(asked[n]), sent(request));
  }
  return read / allowed;
}

function isCoder({ body, usage }: FakeRequest): boolean {
  return usage !== undefined && JSON.stringify((body as { readonly system?: unknown }).system).includes('Role: coder');
}

function sent(request: FakeRequest | undefined): number {
  const { input = 0, cacheRead = 0, cacheWrite = 0 } = request?.usage ?? {};
  return input + cacheRead + cacheWrite;
}
