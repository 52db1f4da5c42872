import fc from 'fast-check';
import { openDoors } from '../../gateway/doors/index.js';
import { testGateway } from '../../gateway/testing.js';
import { sendersConfig } from '../fakes/webhooks/installation.js';
import { SENDERS } from '../fakes/webhooks/senders.js';
import { anyRequest, type FuzzRequest, SECRET } from './requests.js';

// Promise P11: a forged or stale request is never accepted, and nothing that anybody sends breaks a door.

export interface Counts {
  /** With a wrong proof, or none. */
  forged: number;
  /** Proven, and outside of the window of its time. */
  stale: number;
  /** Of both: led to a signal, was kept, or was answered otherwise than with a refusal. */
  accepted: number;
  /** Proven: what became of it. */
  signals: number;
  ignored: number;
  quarantined: number;
  refused: number;
  /** Answered with 500, or with nothing. */
  broken: number;
}

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
}

/** By door. Throws fast-check's report of the smallest request that breaks the promise. */
export async function fuzzDoors({ requests, seed }: FuzzOptions): Promise<ReadonlyMap<string, Counts>> {
  const counts = new Map(SENDERS.map(({ door }) => [door, emptyCounts()]));
  const knock = everyDoor();
  const property = fc.asyncProperty(anyRequest, async (request) => {
    const of = counts.get(request.sender.door) ?? emptyCounts();
    const outcome = await knock(request);
    const problem = judge(request, outcome, of);
    if (problem !== undefined) throw new Error(`${request.sender.door}, ${request.kind}, ${request.how}: ${problem}`);
  });
  await fc.assert(property, { numRuns: requests, seed, maxSkipsPerRun: 1_000 });
  if (Reflect.has({}, 'polluted')) throw new Error('a request has changed the prototype of all objects');
  return counts;
}

interface Outcome {
  readonly status: number;
  readonly signals: number;
  readonly kept: number;
  readonly ignored: boolean;
}

function everyDoor(): (request: FuzzRequest) => Promise<Outcome> {
  const open = openDoors(sendersConfig([SECRET, 'whsec_before']));
  const { app, signals, kept, lines } = testGateway({ doors: open });
  return async ({ sender, knock: { headers, body, query } }) => {
    signals.length = 0;
    kept.length = 0;
    lines.length = 0;
    const path = `/webhooks/${sender.door}${query ? `?${query}` : ''}`;
    const response = await app.request(path, { method: 'POST', headers, body });
    const answer = (await response.json()) as { readonly ignored?: string };
    return { status: response.status, signals: signals.length, kept: kept.length, ignored: 'ignored' in answer };
  };
}

/** Counts it, and says what is wrong with it. */
function judge(
  { kind, sender }: FuzzRequest,
  { status, signals, kept, ignored }: Outcome,
  of: Counts,
): string | undefined {
  if (status === 500) {
    of.broken++;
    return 'the door broke';
  }
  if (kind === 'forged' || kind === 'stale') {
    of[kind]++;
    const refused = (status === 401 || status === 413) && signals === 0 && kept === 0;
    if (refused) return undefined;
    of.accepted++;
    return `it was accepted with ${status}, ${signals} signals and ${kept} kept`;
  }
  if (signals > 0) of.signals++;
  else if (kept > 0) of.quarantined++;
  else if (ignored) of.ignored++;
  else of.refused++;
  if (kind === 'whole' && signals !== 1)
    return `it is what ${sender.door} sends, and made ${signals} signals (${status})`;
  return [200, 202, 401, 413].includes(status) ? undefined : `it was answered with ${status}`;
}

function emptyCounts(): Counts {
  return { forged: 0, stale: 0, accepted: 0, signals: 0, ignored: 0, quarantined: 0, refused: 0, broken: 0 };
}
