import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createSweepActivities } from '../../activities/sweep.js';
import { createTriageActivities } from '../../activities/triage.js';
import { createRunStates, createRuns } from '../../adapters/temporal/runs.js';
import { ensureSweep } from '../../adapters/temporal/schedules.js';
import { createLinearTracker } from '../../adapters/tracker/linear.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import { linearDoor } from '../../gateway/doors/linear.js';
import { markComment } from '../../schemas/comment-marker.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { type TriageStatus, triageStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { FakeLinear } from '../fakes/linear.js';
import type { Webhook } from '../fakes/linear-webhook.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import type { AllActivities } from './stubs.js';

const TEXT = 'The total is 12.30 and should be 12.31.\n\n## Acceptance\n- the total is 12.31';
const DEDUPE_MS = 30_000;

describe('a sweep', () => {
  const linear = new FakeLinear();
  let server: StubbedServer;
  let archived: string[] = [];
  beforeAll(async () => {
    await linear.start();
    server = await startStubbedServer();
  });
  afterAll(async () => {
    await server.close();
    await linear.close();
  });

  function activities() {
    const trackers = { linear: createLinearTracker({ apiKey: linear.apiKey, apiUrl: linear.apiUrl }) };
    const told: string[] = [];
    const runs = createRuns(() => server.client);
    const { sweepTickets } = createSweepActivities({
      ...{ trackers, label: 'signalbox', dedupeMs: DEDUPE_MS, states: createRunStates(() => server.client) },
      archive: { entries: async (item) => (archived.includes(item) ? [{} as never] : []) },
      runs: {
        signalWithStart: async (request) => {
          told.push(request.workflowId);
          await runs.signalWithStart(request);
        },
      },
    });
    const { assess } = createTriageActivities({ trackers, label: 'signalbox', repos: [{ name: 'app', match: [] }] });
    const comment: AllActivities['comment'] = async ({ item, body, effectKey }) => {
      linear.addComment(item, markComment(body, effectKey), linear.workspace.viewer);
      return { already: false };
    };
    return { told, stubs: { sweepTickets, assess, comment } };
  }

  let rounds = 0;
  const round = (sources = ['linear']) =>
    server.client.workflow.execute('sweep', {
      ...{ taskQueue: TASK_QUEUE, workflowId: `sweep-test/${++rounds}`, args: [{ sources }] },
    });

  const label = (key: string, description = TEXT): Webhook => {
    linear.addIssue({ key, title: 'Totals', description });
    return linear.addLabel(key, 'signalbox');
  };

  async function deliver({ headers, body }: Webhook): Promise<void> {
    const door = linearDoor({ secrets: [linear.webhookSecret], label: 'signalbox' });
    const received = await door.receive({
      ...{ body: Buffer.from(body), query: () => undefined, header: (name) => headers[name] },
    });
    if (!('signals' in received)) throw new Error('the door took it for nothing');
    const dispatcher = createDispatcher({ client: server.client, dedupeMs: DEDUPE_MS });
    for (const signal of received.signals) await dispatcher.signal(signal);
  }

  const until = (key: string, stage: TriageStatus['stage']): Promise<TriageStatus> =>
    eventually(
      () => server.client.workflow.getHandle(workflowId.triage(`linear/${key}`)).query(triageStatus),
      (status) => status.stage === stage,
    );

  const missions = async (key: string) => {
    await sleep(500);
    return (await server.client.workflow.count(`WorkflowId = "${workflowId.mission(key)}"`)).count;
  };

  it('finds what a dropped webhook would have told, and starts one mission, however often it is found or told', async () => {
    const { stubs, told } = activities();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const assess: typeof stubs.assess = (input) => held.then(() => stubs.assess(input));
    await server.working({ ...stubs, assess }, async () => {
      const late = label('S-1');
      await Promise.all([round(), round()]);
      await deliver(late);
      await round();
      goOn();
      await until('S-1', 'done');
      await round();
      expect(await missions('S-1')).toBe(1);
      expect(told).toContain('triage/linear/S-1');
    });
  });

  it('leaves what a webhook told of to its triage', async () => {
    const { stubs, told } = activities();
    await server.working(stubs, async () => {
      await deliver(label('S-2'));
      await until('S-2', 'done');
      await round();
      expect(await missions('S-2')).toBe(1);
      // Its triage still runs, and is told that the item has changed: to it that is nothing new.
      expect(new Set(told)).toEqual(new Set(['triage/linear/S-1', 'triage/linear/S-2']));
    });
  });

  it('brings the answer that a dropped webhook would have told of', async () => {
    const { stubs } = activities();
    await server.working(stubs, async () => {
      await deliver(label('S-3', 'Totals.'));
      await until('S-3', 'asking');
      linear.addComment('S-3', TEXT);
      await round();
      await until('S-3', 'done');
      expect(await missions('S-3')).toBe(1);
    });
  });

  it('starts nothing again that only the archive remembers', async () => {
    const { stubs, told } = activities();
    archived = ['S-4'];
    label('S-4');
    await server.working(stubs, round);
    expect(told).not.toContain('triage/linear/S-4');
  });

  it('remembers from round to round what it has seen to, and goes on where a tracker is away', async () => {
    const { stubs, told } = activities();
    label('S-5');
    const seen = { 'SHOP-1': '2026-11-21T10:00:00Z' };
    const before: Partial<Record<string, unknown[]>> = {};
    const sweepTickets: typeof stubs.sweepTickets = async (input) => {
      const rounds = [...(before[input.source] ?? []), input.before];
      before[input.source] = rounds;
      if (input.source !== 'jira') return stubs.sweepTickets(input);
      if (rounds.length === 1) return { seen, started: [], woken: [] };
      throw ApplicationFailure.nonRetryable('Jira is away');
    };
    await server.working({ ...stubs, sweepTickets }, async () => {
      await ensureSweep(server.client, ['linear'], '1h');
      await ensureSweep(server.client, ['jira', 'linear'], '1s');
      await eventually(() => (before.jira ?? []).length >= 4);
      await ensureSweep(server.client, [], '1s');
      await until('S-5', 'done');
    });
    expect(before.jira?.slice(0, 4)).toEqual([{}, seen, seen, seen]);
    expect(told.filter((id) => id === 'triage/linear/S-5')).toHaveLength(1);
  });
});
