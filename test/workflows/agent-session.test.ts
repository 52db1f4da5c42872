import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAgentSessionActivities } from '../../activities/agent-session.js';
import { createEffects } from '../../activities/effects.js';
import { createSignalActivities } from '../../activities/signals.js';
import { createTrackerActivities } from '../../activities/tracker.js';
import { createTriageActivities } from '../../activities/triage.js';
import { createEffectLedger } from '../../adapters/effects/effects.js';
import { createItemWork } from '../../adapters/temporal/item-work.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { createLinearTracker } from '../../adapters/tracker/linear.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import { linearDoor } from '../../gateway/doors/linear.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { PeopleFile } from '../../schemas/people.js';
import { missionStatus } from '../../workflows/messages.js';
import { triageStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { FakeLinear } from '../fakes/linear.js';
import type { Webhook } from '../fakes/linear-webhook.js';
import { person } from '../fakes/linear-workspace.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, stubs } from './stubs.js';

const DEDUPE_MS = 40_000;
const TEXT = 'The total is 12.30 and should be 12.31.\n\n## Acceptance\n- the total is 12.31';

describe('a session of an agent in Linear', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-sessions-'));
  const linear = new FakeLinear();
  let server: StubbedServer;
  let activities: Partial<AllActivities>;
  beforeAll(async () => {
    await linear.start();
    server = await startStubbedServer();
    const client = () => server.client;
    const trackers = { linear: createLinearTracker({ apiKey: linear.apiKey, apiUrl: linear.apiUrl }) };
    const ledger = createEffectLedger(join(directory, 'effects'));
    activities = {
      ...createTrackerActivities({ trackers, effects: createEffects({ ledger, permitted: async () => undefined }) }),
      ...createAgentSessionActivities({ work: createItemWork(client) }),
      ...createSignalActivities({ runs: createRuns(client), dedupeMs: DEDUPE_MS }),
      ...createTriageActivities({ trackers, label: 'signalbox', repos: [{ name: 'app', match: [] }] }),
    };
  });
  afterAll(async () => {
    await server.close();
    await linear.close();
    rmSync(directory, { recursive: true });
  });

  async function deliver({ headers, body }: Webhook): Promise<void> {
    const door = linearDoor({ secrets: [linear.webhookSecret], label: 'signalbox' });
    const received = await door.receive({
      ...{ body: Buffer.from(body), query: () => undefined, header: (name) => headers[name] },
    });
    if (!('signals' in received)) throw new Error('the door took it for nothing');
    const dispatcher = createDispatcher({ client: server.client, dedupeMs: DEDUPE_MS, withinMs: 20_000 });
    for (const signal of received.signals) await dispatcher.signal(signal);
  }

  const said = (session: string) => linear.workspace.sessions.get(session) ?? [];
  const types = (session: string) => said(session).map(({ type }) => type);

  function held() {
    let goOn: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    return { until, goOn: () => goOn() };
  }

  const issue = (key: string, description = TEXT) => linear.addIssue({ key, title: 'Totals', description });

  it('begins with a thought before anything is read, tells the plan, and ends with a response; without the label', async () => {
    issue('AS-1');
    const reading = held();
    const assess: AllActivities['assess'] = async (input) => {
      await reading.until;
      if (!activities.assess) throw new Error('there is no triage');
      return activities.assess(input);
    };
    await server.working({ ...activities, assess }, async () => {
      const created = linear.session('s-1', 'AS-1');
      await deliver(created);
      await eventually(() => said('s-1').length > 0);
      // Linear takes an agent for unresponsive after ten seconds: the thought does not wait for any reading.
      expect(types('s-1')).toEqual(['thought']);
      await deliver(created);
      reading.goOn();
      await eventually(() => types('s-1').includes('response'));
      await server.client.workflow.getHandle(workflowId.mission('AS-1')).result();
    });
    expect(types('s-1')).toEqual(['thought', 'thought', 'response']);
    expect(said('s-1')[1]?.body).toContain('Started.');
    expect(said('s-1')[2]?.body).toContain('Done.');
    expect(linear.workspace.issue('AS-1').comments).toEqual([]);
    expect(linear.workspace.issue('AS-1').state.type).toBe('completed');
  });

  it('asks there for what is missing, and goes on with what is answered there', async () => {
    issue('AS-2', 'Totals.');
    await server.working(activities, async () => {
      await deliver(linear.session('s-2', 'AS-2'));
      await eventually(() => types('s-2').includes('elicitation'));
      expect(said('s-2').at(-1)?.body).toContain('What should happen instead?');
      await deliver(linear.session('s-2', 'AS-2', { body: TEXT }));
      await eventually(() => types('s-2').includes('response'));
    });
    expect(types('s-2')).toEqual(['thought', 'elicitation', 'thought', 'thought', 'response']);
    expect(linear.workspace.issue('AS-2').comments).toEqual([]);
  });

  it('stops its mission when somebody says so, and confirms that', async () => {
    issue('AS-3');
    const proof = held();
    const writeProof: AllActivities['writeProof'] = (input) => proof.until.then(() => stubs.writeProof(input));
    await server.working({ ...activities, writeProof }, async () => {
      await deliver(linear.session('s-3', 'AS-3'));
      await eventually(() => types('s-3').length === 2);
      await deliver(linear.session('s-3', 'AS-3', { body: 'Stop', signal: 'stop' }));
      await eventually(() => types('s-3').includes('response'));
      proof.goOn();
      const outcome = await server.client.workflow.getHandle(workflowId.mission('AS-3')).result();
      expect(outcome).toMatchObject({ result: 'cancelled', because: expect.stringContaining('ada') });
    });
    expect(said('s-3').at(-1)?.body).toContain('Cancelled.');
    await server.working(activities, async () => {
      const triage = server.client.workflow.getHandle(workflowId.triage('linear/AS-3'));
      await eventually(
        () => triage.query(triageStatus),
        ({ stage }) => stage !== 'running',
      );
      await deliver(linear.session('s-3', 'AS-3', { body: 'Stop', signal: 'stop' }));
      await eventually(() => said('s-3').at(-1)?.body.includes('nothing was under way') === true);
    });
  });

  it('takes orders from those whom people.yaml names; whoever opened it may still stop it', async () => {
    issue('AS-5');
    const proof = held();
    const writeProof: AllActivities['writeProof'] = (input) => proof.until.then(() => stubs.writeProof(input));
    const [ada, mallory, rita] = [person('ada'), person('mallory'), person('rita')] as const;
    const file = PeopleFile.parse({ people: [{ key: 'rita', name: 'Rita', ids: { linear: rita.id } }] });
    const people = { read: async () => ({ ...file, local: false }) };
    const ordered = createAgentSessionActivities({ work: createItemWork(() => server.client), people });
    await server.working({ ...activities, ...ordered, writeProof }, async () => {
      const mission = server.client.workflow.getHandle(workflowId.mission('AS-5'));
      await deliver(linear.session('s-5', 'AS-5'));
      await eventually(() => types('s-5').length === 2);
      for (const [by, said5] of [
        [mallory, { body: 'Stop', signal: 'stop' }],
        [ada, { body: 'Use a word' }],
      ] as const) {
        const before = said('s-5').length;
        await deliver(linear.session('s-5', 'AS-5', said5, by));
        const refused = () => said('s-5').slice(before);
        await eventually(() => refused().some(({ body }) => body.includes('is nobody in people.yaml')));
      }
      expect((await mission.query(missionStatus)).notes).toEqual([]);
      await deliver(linear.session('s-5', 'AS-5', { body: 'Use a word' }, rita));
      await eventually(() => said('s-5').at(-1)?.body.startsWith('Passing') === true);
      await deliver(linear.session('s-5', 'AS-5', { body: 'Stop', signal: 'stop' }, ada));
      await eventually(() => types('s-5').includes('response'));
      proof.goOn();
      expect(await mission.result()).toMatchObject({ result: 'cancelled' });
      expect((await mission.query(missionStatus)).notes).toEqual([
        expect.stringContaining('steered by rita'),
        expect.stringContaining('cancelled by ada'),
      ]);
    });
  });

  it('is not silent for longer than it may while there is work, and ends when that has ended without a word', async () => {
    issue('AS-4');
    linear.workspace.sessions.set('s-4', []);
    let running = true;
    const lookAtWork = async () => ({ running, said: running ? 'tests' : 'terminated' });
    const sendSignal = async () => undefined;
    await server.working({ ...activities, lookAtWork, sendSignal }, async () => {
      const handle = await server.client.workflow.start('agentSession', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.agentSession('s-4') },
        args: [{ source: 'linear', session: 's-4', item: 'AS-4', beatMs: 300, idleMs: 1_500, historyLimit: 60 }],
      });
      await handle.signal('sessionEvent', {
        ...{ specversion: '1.0', id: 'd-1', source: 'linear', type: 'session.created', subject: 'AS-4', data: {} },
      });
      await eventually(() => said('s-4').filter(({ body }) => body === 'Still at work: tests').length >= 2);
      running = false;
      await handle.result();
    });
    expect(said('s-4').at(-1)).toMatchObject({ type: 'response', body: 'This is over: terminated' });
  });
});
