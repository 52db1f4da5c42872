import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/client';
import fc from 'fast-check';
import { z } from 'zod';
import { Signal } from '../schemas/signal.js';
import { SENDERS, type VendorSender } from './fakes/webhooks/senders.js';

// Promise P1: what was acknowledged is never lost and never starts twice. Every vendor delivers, many things more than
// once and in any order, until each delivery has its 2xx; then Temporal is asked what it has.

export interface PlannedDelivery {
  readonly sender: VendorSender;
  /** Of the item, unlike that of any other sender's. */
  readonly n: number;
  /** The same for every repetition. */
  readonly delivery: string;
}

export interface PlanDeliveries {
  /** At least. */
  readonly deliveries: number;
  readonly seed: number;
}

/** 30 % of the items are told of 2 to 6 times; all of it in any order. */
export function planDeliveries({ deliveries, seed }: PlanDeliveries): readonly PlannedDelivery[] {
  const repeats = fc.oneof(
    { weight: 7, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 5 }) },
  );
  const planned: PlannedDelivery[] = [];
  for (const [n, more] of fc.sample(repeats, { numRuns: deliveries, seed }).entries()) {
    if (planned.length >= deliveries) break;
    const sender = SENDERS[n % SENDERS.length];
    if (!sender) throw new Error('expected a sender');
    const one = { sender, n: n + 1, delivery: randomUUID() };
    planned.push(...Array.from({ length: 1 + more }, () => one));
  }
  const [shuffled = []] = fc.sample(fc.shuffledSubarray(planned, { minLength: planned.length }), { numRuns: 1, seed });
  return shuffled;
}

export interface Acknowledged extends PlannedDelivery {
  /** Where the answer says that it went. */
  readonly workflowId: string;
}

export interface Deliver {
  readonly plan: readonly PlannedDelivery[];
  readonly secret: string;
  readonly together: number;
  /** Of the gateway, which may move. */
  readonly url: () => string;
  readonly taken: (count: number) => void;
  /** Of attempts that got no answer, or were asked to come again. */
  readonly refused?: (count: number) => void;
}

export interface Delivered {
  readonly acknowledged: readonly Acknowledged[];
  /** Attempts that got no answer, or were asked to come again. */
  readonly again: number;
}

/** As vendors do, only sooner: each again until there is a 2xx. Throws for an answer that no vendor could understand. */
export async function deliverAll({ plan, secret, together, url, taken, refused }: Deliver): Promise<Delivered> {
  const acknowledged: Acknowledged[] = [];
  const began = Date.now();
  const waiting = plan.values();
  let again = 0;
  const lane = async () => {
    for (const one of waiting) {
      for (;;) {
        const answer = await knock(one, { secret, url: url(), began }).catch(() => undefined);
        if (answer?.ok) {
          acknowledged.push({ ...one, workflowId: workflowIdOf(await answer.json()) });
          taken(acknowledged.length);
          break;
        }
        if (answer && answer.status !== 503) throw new Error(`${one.sender.door} was answered with ${answer.status}`);
        again++;
        refused?.(again);
        await sleep(50);
      }
    }
  };
  await Promise.all(Array.from({ length: together }, lane));
  return { acknowledged, again };
}

interface Knock {
  readonly secret: string;
  readonly url: string;
  readonly began: number;
}

/** Who signs the time of sending signs each attempt anew; for the others it is the same bytes again. */
function knock({ sender, n, delivery }: PlannedDelivery, { secret, url, began }: Knock): Promise<Response> {
  const isStamped = sender.window !== undefined && sender.window.past < 3_600_000;
  const at = isStamped ? Date.now() : began;
  const { headers, body, query } = sender.sign(sender.body(n, at), { secret, at, delivery });
  return fetch(`${url}/webhooks/${sender.door}${query ? `?${query}` : ''}`, { method: 'POST', headers, body });
}

function workflowIdOf(answer: unknown): string {
  const { workflowId } = answer as { readonly workflowId?: unknown };
  if (typeof workflowId !== 'string') throw new Error(`expected a workflow, got ${JSON.stringify(answer)}`);
  return workflowId;
}

export interface Audit {
  readonly items: number;
  /** Triages, and incidents, which fold the alerts that their monitor keeps together. */
  readonly workflows: number;
  /** Acknowledged deliveries that no workflow has. */
  readonly lost: number;
  /** Workflows that were started again, or for an item that had one. */
  readonly double: number;
  /** By source: deliveries that were acknowledged. */
  readonly bySource: Readonly<Record<string, number>>;
}

export async function audit(client: Client, acknowledged: readonly Acknowledged[]): Promise<Audit> {
  const items = new Map<string, Set<string>>();
  const workflows = new Map<string, Acknowledged[]>();
  const bySource: Record<string, number> = {};
  for (const one of acknowledged) {
    const { sender, workflowId } = one;
    const item = itemOf(one);
    items.set(item, (items.get(item) ?? new Set()).add(workflowId));
    workflows.set(workflowId, [...(workflows.get(workflowId) ?? []), one]);
    bySource[sender.door] = (bySource[sender.door] ?? 0) + 1;
  }
  let lost = 0;
  let double = [...items.values()].reduce((sum, ids) => sum + ids.size - 1, 0);
  for (const [workflowId, told] of workflows) {
    const { started, signals } = await historyOf(client, workflowId);
    double += Math.max(0, started - 1);
    // Each delivery is a signal of its own there. What came through although its answer was lost is too.
    lost += Math.max(0, told.length - signals.length);
    const subjects = new Set(signals.map(({ subject }) => subject)).size;
    lost += Math.max(0, new Set(told.map(itemOf)).size - subjects);
  }
  const { count } = await client.workflow.count("WorkflowType = 'triage' OR WorkflowType = 'incident'");
  double += Math.max(0, count - workflows.size);
  return { items: items.size, workflows: workflows.size, lost, double, bySource };
}

function itemOf({ sender, n }: PlannedDelivery): string {
  return `${sender.door}/${n}`;
}

/** Alerts of one incident may have come together in one step. */
const OneOrMore = z.union([Signal.transform((signal) => [signal]), z.array(Signal)]);

async function historyOf(client: Client, workflowId: string) {
  const { events } = await client.workflow
    .getHandle(workflowId)
    .fetchHistory()
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return { events: [] };
    });
  const all = events ?? [];
  const payloads = all.flatMap((event) => event.workflowExecutionSignaledEventAttributes?.input?.payloads ?? []);
  const signals = payloads.flatMap((payload) => OneOrMore.parse(defaultPayloadConverter.fromPayload(payload)));
  return { started: all.filter((event) => event.workflowExecutionStartedEventAttributes).length, signals };
}
