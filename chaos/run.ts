import { setTimeout as sleep } from 'node:timers/promises';
import { Breaker } from './breaker.js';
import { Deliveries } from './deliveries.js';
import { type AbacusRepo, type Desk, treeOf } from './desks.js';
import type { Install } from './install.js';
import { findLeftovers, workspacesOf } from './leftovers.js';
import { answerApprovals, closedItems } from './missions.js';
import type { Observations } from './observations.js';
import { seeCalls, seeEffects, seeMissions, strayFiles } from './observe.js';
import type { ChaosPlan, PlannedDelivery } from './plan.js';
import type { ChaosServer } from './server.js';
import { readRuns } from './steps.js';

// One run: missions undisturbed, then missions under the plan's faults, then a look at everything that is left.

/** More at once only wait for each other on a small machine. */
const OPEN_AT_ONCE = 8;
const POLL_MS = 500;

export interface RunOptions {
  readonly install: Install;
  readonly server: ChaosServer;
  readonly undisturbed: AbacusRepo;
  readonly repos: readonly AbacusRepo[];
  readonly plan: ChaosPlan;
  /** Seconds; see `Options`. */
  readonly still: number;
  readonly grace: number;
  readonly signal: AbortSignal;
  readonly progress: (now: Progress) => void;
  readonly say: (what: string) => void;
}

export interface Progress {
  readonly missions: number;
  readonly finished: number;
  readonly faults: number;
  readonly faultsLeft: number;
  readonly down: readonly string[];
}

export async function run(options: RunOptions): Promise<Observations> {
  const { install, undisturbed, repos, plan, say } = options;
  say('undisturbed missions');
  const before = Date.now();
  const quiet = await drive(options, [undisturbed], { faults: [], deliveries: undisturbed.desks.map(once) });
  const undisturbedMs = Date.now() - before;
  const calls = callsPerKind(install, undisturbed);
  if (quiet.closed.size < undisturbed.desks.length) throw new Error('undisturbed missions did not come to an end');
  const trees = treesOf(undisturbed);

  say(`${plan.deliveries.length} missions, ${plan.faults.length} faults`);
  const startedAt = Date.now();
  const seenCalls = install.proxies.model.exchanges.length;
  const desks = repos.flatMap((repo) => repo.desks);
  const expected = desks.reduce((sum, { kind }) => sum + calls[kind], 0);
  const { closed, accepted, breaker, labels } = await drive(options, repos, plan, expected);
  const endedAt = Date.now();
  say('reading what was left');
  const runs = await readRuns(install.client, new Date(startedAt));
  const missions = await seeMissions({ install, repos, accepted, closed, runs, trees });
  const own = new Set(desks.map(({ item }) => item));
  const steps = runs
    .filter(({ workflow }) => own.has(workflow.split('/').find((part) => own.has(part)) ?? ''))
    .flatMap((seen) => seen.steps);
  const observed = {
    ...{ missions, planned: plan.faults.length, faults: breaker.done, steps, undisturbedMs, startedAt, endedAt },
    calls: seeCalls(install.proxies.model.exchanges.slice(seenCalls)),
    effects: seeEffects(install, repos),
    strayFiles: strayFiles(repos),
  };
  say('ending the programs and looking for what they left behind');
  await install.stop();
  const { stateDir, temporary } = install;
  return { ...observed, leftovers: await findLeftovers({ stateDir, temporary, labels, grace: options.grace }) };
}

const once = (): PlannedDelivery => ({ copies: 0, gapMs: 0 });

interface Driven {
  readonly closed: ReadonlySet<string>;
  readonly accepted: ReadonlyMap<string, number>;
  readonly breaker: Breaker;
  /** Names of workspaces that were seen. */
  readonly labels: ReadonlySet<string>;
}

/** Until all missions are closed, or nothing moves any more. */
async function drive(
  { install, server, still, signal, progress, say }: RunOptions,
  repos: readonly AbacusRepo[],
  plan: ChaosPlan,
  expected = 1,
): Promise<Driven> {
  // One of each repository in turn, so that those that share one are under way together.
  const desks = repos.flatMap((repo) => repo.desks);
  const items = desks.map(({ item }) => item);
  const waiting = desks.map((desk, n) => ({ desk, delivery: plan.deliveries[n] ?? once() }));
  const deliveries = new Deliveries(install, signal);
  const breaker = new Breaker({ install, server, faults: plan.faults, signal, say });
  const delivering: Promise<void>[] = [];
  const labels = new Set<string>();
  const { model } = install.proxies;
  const answered = new Set<string>();
  model.onDelivered = ({ key }) => answered.add(key);
  let closed = new Set<string>();
  let [moved, movedAt] = ['', Date.now()];
  while (closed.size < desks.length || breaker.left() > 0) {
    signal.throwIfAborted();
    while (waiting.length > 0 && desks.length - waiting.length - closed.size < OPEN_AT_ONCE) {
      const next = waiting.shift();
      if (next) delivering.push(deliveries.deliver(next.desk, next.delivery));
    }
    // When all missions are over, what is left of the plan is done to an installation at rest.
    await breaker.reached(closed.size === desks.length ? 1 : answered.size / expected);
    for (const label of workspacesOf(install.stateDir)) labels.add(label);
    closed = await closedItems(install.client, items).catch(() => closed);
    await answerApprovals(install).catch(() => undefined);
    const [faults, faultsLeft] = [breaker.done.length, breaker.left()];
    progress({ missions: desks.length, finished: closed.size, faults, faultsLeft, down: breaker.down() });
    const state = [answered.size, closed.size, install.tracker.ledger.length, faults, breaker.down()].join();
    if (state !== moved) [moved, movedAt] = [state, Date.now()];
    if (Date.now() - movedAt > still * 1_000) break;
    await sleep(POLL_MS);
  }
  await breaker.mended();
  await Promise.race([Promise.all(delivering), sleep(still * 1_000)]);
  return { closed, accepted: deliveries.accepted, breaker, labels };
}

function treesOf({ desks, bare }: AbacusRepo): Record<Desk['kind'], string> {
  return Object.fromEntries(desks.map(({ kind, name }) => [kind, treeOf(bare, name)])) as Record<Desk['kind'], string>;
}

/** Answers that a mission of each kind takes when nothing is broken. */
function callsPerKind({ proxies }: Install, { desks }: AbacusRepo): Record<Desk['kind'], number> {
  const calls = desks.map(({ kind, name }) => [
    kind,
    proxies.model.exchanges.filter(({ body }) => body.includes(name)).length,
  ]);
  return Object.fromEntries(calls) as Record<Desk['kind'], number>;
}
