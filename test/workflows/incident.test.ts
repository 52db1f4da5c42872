import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createClaimActivities } from '../../activities/claims.js';
import { createIncidentActivities } from '../../activities/incident.js';
import type { Comment } from '../../activities/ports-effects.js';
import type { EvidenceSource } from '../../activities/ports-triage.js';
import { createTriageActivities } from '../../activities/triage.js';
import { createClaims } from '../../adapters/temporal/claims.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import type { Alert } from '../../schemas/alert.js';
import { type IncidentStatus, IncidentsSection } from '../../schemas/incident.js';
import { workflowId } from '../../schemas/names.js';
import type { ServiceCatalogue } from '../../schemas/service-catalogue.js';
import type { Signal } from '../../schemas/signal.js';
import { incidentOf } from '../../schemas/triage-start.js';
import { decideIncident, incidentStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { memoryBlobs } from '../memory-blobs.js';
import { incidentAnswer } from './questions.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, BLOB, operator } from './stubs.js';

// Alerts on a real server, through the dispatcher of the front door. Only the monitor and the tracker are stand-ins.

const CATALOGUE: ServiceCatalogue = {
  services: {
    checkout: {
      ...{ repo: 'shop', owners: ['alice'], alerts: [{ service: 'checkout' }], paths: [], words: [] },
      ...{ logs: 'https://logs.example/checkout', queries: {} },
    },
  },
};

function fired(n: number, change: Partial<Alert> = {}, type: Signal['type'] = 'alert.fired'): Signal {
  const alert: Alert = {
    ...{ fingerprint: `fault ${n}`, name: 'CheckoutErrors', status: type === 'alert.fired' ? 'firing' : 'resolved' },
    ...{ severity: 'high', summary: 'Half of all checkouts fail', labels: { service: 'checkout', pod: `p-${n}` } },
    startsAt: '2026-11-21T10:00:00Z',
    ...change,
  };
  const id = `${type} ${alert.group ?? ''} ${alert.fingerprint}`;
  return {
    ...{ specversion: '1.0', id, source: 'alertmanager', type, time: '2026-11-21T10:00:00Z' },
    subject: `alertmanager-${Buffer.from(alert.fingerprint).toString('hex').slice(-16)}`,
    ...{ datacontenttype: 'application/json', data: { alert } },
    bodyhash: Buffer.from(id).toString('hex').padEnd(64, '0').slice(-64),
  };
}

describe('alerts', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server?.close());

  function world(policy: Partial<IncidentsSection> = {}, evidence: readonly EvidenceSource[] = []) {
    const comments: Comment[] = [];
    const blobs = memoryBlobs();
    const runs = createRuns(() => server.client);
    const repos = [
      { name: 'parcels', match: [] },
      { name: 'shop', match: [] },
    ];
    const activities: Partial<AllActivities> = {
      ...createTriageActivities({ label: 'signalbox', repos, trackers: {} }),
      ...createClaimActivities({
        claims: createClaims(() => server.client, 60_000),
        records: { append: async () => undefined, read: async () => [] },
      }),
      ...createIncidentActivities({
        ...{ blobs, runs, repos, evidence, dedupeMs: 5_000, catalogue: { read: async () => CATALOGUE } },
        policy: { ...IncidentsSection.parse({}), holdSeconds: 0, ...policy },
      }),
      comment: async (comment) => {
        comments.push(comment);
        return { already: false };
      },
    };
    return { activities, comments, blobs };
  }

  const dispatcher = () => createDispatcher({ client: server.client, dedupeMs: 5_000, withinMs: 20_000 });
  const handleOf = (signal: Signal) => server.client.workflow.getHandle(incidentOf(signal));

  const until = (signal: Signal, holds: (status: IncidentStatus) => boolean): Promise<IncidentStatus> =>
    eventually(() => handleOf(signal).query(incidentStatus), holds);

  it('a storm of one group is one incident with a count, one mission before all others, and a bounded history', async () => {
    const at = world();
    const storm = Array.from({ length: 1_000 }, (_, n) => fired(n, { group: 'storm', severity: 'urgent' }));
    const first = storm[0] ?? fired(0);
    await server.working(at.activities, async () => {
      const door = dispatcher();
      const ids = await Promise.all(storm.map((signal) => door.signal(signal)));
      expect(new Set(ids.map(({ workflowId: id }) => id)).size).toBe(1);
      const status = await until(first, ({ alerts, stage }) => alerts === 1_000 && stage === 'working');
      expect(status).toMatchObject({ faults: 200, severity: 'urgent', service: 'checkout', repo: 'shop' });
      const item = status.item ?? '';
      await until(first, ({ timeline }) => timeline.some(({ what }) => what.startsWith('work: ')));
      const mission = await server.client.workflow.getHandle(workflowId.mission(item)).describe();
      expect(mission.priority).toMatchObject({ priorityKey: 1, fairnessKey: 'shop' });
      const { historyLength, historySize } = await handleOf(first).describe();
      expect(historyLength).toBeLessThan(1_000);
      expect(historySize).toBeLessThan(2_000_000);
      // Of the faults that are told apart; when they are over the incident is, too.
      await server.client.workflow.getHandle(workflowId.mission(item)).result();
      await Promise.all(storm.slice(0, 200).map((_, n) => door.signal(fired(n, { group: 'storm' }, 'alert.resolved'))));
      const over = await until(first, ({ record }) => record !== undefined);
      expect(over).toMatchObject({ stage: 'closed', firing: 0 });
      expect((await at.blobs.get(over.record ?? { sha256: '' })).toString()).toContain('alerts about 200 faults');
      // It is said after the record is there.
      const ends = () => at.comments.filter(({ effectKey }) => /^incident\/.*\/end$/.test(effectKey)).length;
      await eventually(ends, (said) => said > 0);
      expect(ends()).toBe(1);
    });
  });

  it('what passes by itself is noted, with a record, and nothing is begun', async () => {
    const at = world({ holdSeconds: 600 });
    const one = fired(2_001);
    await server.working(at.activities, async () => {
      await dispatcher().signal(one);
      await until(one, ({ stage }) => stage === 'holding');
      await dispatcher().signal(fired(2_001, {}, 'alert.resolved'));
      const status = await until(one, ({ record }) => record !== undefined);
      expect(status).toMatchObject({ stage: 'noted', alerts: 2 });
      expect(status.item).toBeUndefined();
    });
  });

  it('an urgent one does not wait whether it passes', async () => {
    const at = world({ holdSeconds: 600 });
    const one = fired(2_101, { severity: 'urgent' });
    await server.working(at.activities, async () => {
      await dispatcher().signal(one);
      await until(one, ({ timeline }) => timeline.some(({ what }) => what.startsWith('work: ')));
    });
  });

  it('below the policy a person is asked, with evidence; what they say is done, and nothing before', async () => {
    const change: EvidenceSource = {
      name: 'history',
      gather: async () => [{ kind: 'change', text: 'abc123 by bob: pay with cards' }],
    };
    const broken: EvidenceSource = {
      name: 'metrics',
      gather: async () => {
        throw new Error('it is away');
      },
    };
    const at = world({ missionFrom: 'urgent' }, [change, broken]);
    const [yes, no] = [fired(2_201), fired(2_301)];
    await server.working(at.activities, async () => {
      await Promise.all([dispatcher().signal(yes), dispatcher().signal(no)]);
      const asking = await until(yes, ({ stage }) => stage === 'asking');
      expect(asking.evidence.map(({ kind }) => kind)).toEqual(['hypothesis', 'change', 'gap']);
      const other = await until(no, ({ stage }) => stage === 'asking');
      const decide = (signal: Signal, given: Parameters<typeof incidentAnswer>) =>
        handleOf(signal).executeUpdate(decideIncident, { args: [incidentAnswer(...given)] });
      const raw = { by: operator, text: '', open: true };
      await expect(handleOf(yes).executeUpdate(decideIncident, { args: [raw] })).rejects.toThrow();
      await expect(decide(yes, [{ ...asking, since: '2026-11-21T00:00:00.000Z' }, true])).rejects.toThrow();
      await decide(yes, [asking, true]);
      await decide(no, [other, false, 'a test']);
      await until(yes, ({ stage, because }) => stage === 'working' && because.includes('Operator'));
      expect(await until(no, ({ record }) => record !== undefined)).toMatchObject({
        stage: 'closed',
        because: 'Operator closed it: a test',
      });
      await until(yes, ({ timeline }) => timeline.some(({ what }) => what.startsWith('work: done')));
      const questions = at.comments.filter(({ effectKey }) => /\/question$/.test(effectKey));
      expect(questions).toHaveLength(2);
      expect(questions[0]?.body).toContain('abc123');
    });
  });

  it('what a model makes of it is with the question and with the work, which does not wait for it; its silence is a gap', async () => {
    const at = world();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((done) => {
      answer = done;
    });
    const analysed: AllActivities['analyseIncident'] = async ({ gathered }) => ({
      lines: [{ kind: 'analysis', text: 'model-a thinks: it is the rounding' }],
      blob: gathered ?? BLOB,
    });
    const routed: AllActivities['routeIncident'] = async (input) => {
      const terms = await at.activities.routeIncident?.(input);
      if (!terms) throw new Error('there are terms');
      return { ...terms, analyse: true };
    };
    const [open, silent] = [fired(2_601), fired(2_701, { severity: 'low' })];
    const activities: Partial<AllActivities> = {
      ...at.activities,
      routeIncident: routed,
      analyseIncident: async (input) => {
        if (input.alert.severity === 'low') throw ApplicationFailure.nonRetryable('no model can take this call');
        await asked;
        return analysed(input);
      },
    };
    await server.working(activities, async () => {
      await Promise.all([open, silent].map((one) => dispatcher().signal(one)));
      const begun = await until(open, ({ timeline }) => timeline.some(({ what }) => what.startsWith('work: ')));
      expect(begun.evidence.map(({ kind }) => kind)).toEqual(['hypothesis']);
      answer();
      const known = await until(open, ({ evidence }) => evidence.length === 2);
      expect(known.evidence[1]).toEqual({ kind: 'analysis', text: 'model-a thinks: it is the rounding' });
      const gap = await until(silent, ({ stage }) => stage === 'asking');
      expect(gap.evidence.at(-1)).toEqual({
        kind: 'gap',
        text: 'no model could say more: no model can take this call',
      });
      await eventually(() => at.comments.some(({ effectKey }) => effectKey.endsWith('/analysis')));
    });
    const said = at.comments.find(({ effectKey }) => effectKey.endsWith('/analysis'));
    expect(said?.body).toContain('analysis: model-a thinks: it is the rounding');
  });

  it('without a known repository nothing begins by itself, nor by a person', async () => {
    const at = world();
    const one = fired(2_401, { labels: { service: 'unknown' } });
    await server.working(at.activities, async () => {
      await dispatcher().signal(one);
      const asking = await until(one, ({ stage }) => stage === 'asking');
      expect(asking.because).toContain('no repository is known');
      const [open, close] = [incidentAnswer(asking, true), incidentAnswer(asking, false)];
      await expect(handleOf(one).executeUpdate(decideIncident, { args: [open] })).rejects.toThrow();
      await handleOf(one).executeUpdate(decideIncident, { args: [close] });
      await until(one, ({ stage }) => stage === 'closed');
    });
  });

  it('a fault that is resolved and that nobody knows of begins nothing', async () => {
    expect(await dispatcher().signal(fired(2_501, {}, 'alert.resolved'))).toMatchObject({ accepted: 'nobody-waits' });
  });
});
