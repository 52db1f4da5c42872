import { setTimeout as sleep } from 'node:timers/promises';
import { workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import { type MissionStatus, missionStatus } from '../workflows/messages.js';
import { fileTicket, readTicket, type Stack } from './stack.js';

// The same mission again and again: the five faults of the example are put back, and a ticket asks for their repair.

const POLL_MS = 400;
const DEADLINE_MS = 15 * 60_000;
const DELIVERIES = 60;
const PARTS = ['service', 'rates'];

export interface MissionRun {
  readonly item: string;
  readonly result: Outcome['result'] | 'stuck';
  readonly because: string;
  readonly ms: number;
  /** Ids of the trees of the repaired modules: equal for equal content. */
  readonly trees: readonly string[];
  /** Comments and state changes that the tracker took more than once, and merges beyond the first. */
  readonly effectsTwice: number;
  /** Deliveries until the gateway had answered 2xx. */
  readonly deliveries: number;
}

export interface Disturbance {
  /** Before the webhook is delivered. */
  readonly atStart?: () => Promise<void>;
  /** While tasks run. */
  readonly atWork?: () => Promise<void>;
}

/** Runs a mission from the webhook to the end of its workflow. What goes wrong on the way is in the answer. */
export async function runMission(stack: Stack, number: number, disturb: Disturbance = {}): Promise<MissionRun> {
  const item = `PAR-${200 + number}`;
  // Another file each time, so that no verdict of an earlier mission answers for this one.
  const base = stack.repo.commit('parcels', 'The faults are back', { 'run.txt': `${item}\n` });
  fileTicket(stack.linear, { ...readTicket('parcels-faults'), identifier: item });
  const began = performance.now();
  const webhook = stack.linear.addLabel(item, 'signalbox');
  await disturb.atStart?.();
  const deliveries = await deliver(stack, webhook);
  const deadline = Date.now() + DEADLINE_MS;
  const worked = await until(deadline, async () => {
    const { tasks, outcome } = await statusOf(stack, item);
    return outcome !== undefined || tasks.some(({ state }) => state === 'running');
  });
  if (worked) await disturb.atWork?.();
  const ended = await until(deadline, async () => {
    const { status } = await stack.client.workflow.getHandle(workflowId.mission(item)).describe();
    return status.name !== 'RUNNING';
  });
  const { outcome } = await statusOf(stack, item).catch((error: Error) => {
    throw new Error(`${item} can't be asked: ${error.message}`);
  });
  return {
    item,
    result: ended && outcome ? outcome.result : 'stuck',
    because: outcome?.because ?? 'it has not ended',
    ms: Math.round(performance.now() - began),
    trees: PARTS.map((part) => stack.repo.git('rev-parse', `main:${part}`)),
    effectsTwice: effectsTwice(stack, item, base),
    deliveries,
  };
}

function statusOf(stack: Stack, item: string): Promise<MissionStatus> {
  return stack.client.workflow.getHandle(workflowId.mission(item)).query<MissionStatus, []>(missionStatus);
}

/** As a tracker does: again until somebody says that he has it. */
async function deliver(stack: Stack, webhook: ReturnType<Stack['linear']['addLabel']>): Promise<number> {
  for (let delivery = 1; delivery <= DELIVERIES; delivery++) {
    const taken = await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`).catch(() => undefined);
    if (taken?.ok) return delivery;
    await sleep(1000);
  }
  throw new Error(`the gateway took none of ${DELIVERIES} deliveries`);
}

/** False when the deadline was first. A question that nobody answers counts as no. */
async function until(deadline: number, holds: () => Promise<boolean>): Promise<boolean> {
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function effectsTwice(stack: Stack, item: string, base: string): number {
  const effects = stack.linear.ledger
    .filter(({ issue }) => issue === item)
    .map(({ effect, key }) => `${effect} ${key}`);
  const merges = Number(stack.repo.git('rev-list', '--count', '--merges', '--first-parent', `${base}..main`));
  return effects.length - new Set(effects).size + Math.max(0, merges - 1);
}
