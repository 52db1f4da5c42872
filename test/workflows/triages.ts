import { afterAll, beforeAll } from '@jest/globals';
import { createDispatcher } from '../../gateway/dispatch.js';
import { workflowId } from '../../schemas/names.js';
import type { Signal } from '../../schemas/signal.js';
import { type TriageStatus, triageStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import type { AllActivities } from './stubs.js';

export const by = { id: 'operator' };

export function labelled(subject: string, delivery: string, change: Partial<Signal> = {}): Signal {
  return {
    specversion: '1.0',
    id: delivery,
    source: 'linear',
    type: 'ticket.labelled',
    subject,
    time: '2026-11-21T10:00:00Z',
    datacontenttype: 'application/json',
    bodyhash: Buffer.from(delivery).toString('hex').padEnd(64, '0').slice(0, 64),
    data: {},
    ...change,
  };
}

/** A server for the tests of one file, and signals that reach triage on it. */
export function useTriage() {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server?.close());

  const handleOf = (subject: string) => server.client.workflow.getHandle(workflowId.triage(`linear/${subject}`));

  return {
    client: () => server.client,
    working: <Result>(activities: Partial<AllActivities>, work: () => Promise<Result>) =>
      server.working(activities, work),
    dispatch: (signal: Signal) => createDispatcher({ client: server.client, dedupeMs: 60_000 }).signal(signal),
    handleOf,
    until: (subject: string, holds: (status: TriageStatus) => boolean): Promise<TriageStatus> =>
      eventually(() => handleOf(subject).query(triageStatus), holds),
    /** Started for the item so far. */
    async missions(subject: string): Promise<number> {
      await new Promise((done) => setTimeout(done, 500));
      return (await server.client.workflow.count(`WorkflowId = "${workflowId.mission(subject)}"`)).count;
    },
  };
}
