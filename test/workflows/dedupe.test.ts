import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClaimActivities } from '../../activities/claims.js';
import type { Comment } from '../../activities/ports-effects.js';
import type { TriageRecords } from '../../activities/ports-triage.js';
import type { AssessInput, Assessment } from '../../activities/triage.js';
import { createTriageActivities } from '../../activities/triage.js';
import { createClaims } from '../../adapters/temporal/claims.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import { workflowId } from '../../schemas/names.js';
import type { Signal } from '../../schemas/signal.js';
import type { Source } from '../../schemas/source.js';
import type { TriageRecord } from '../../schemas/triage-record.js';
import type { SourceItem } from '../../schemas/work-item.js';
import {
  correctTriage,
  type TriageCorrection,
  type TriageStatus,
  triageStatus,
} from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, operator, stubs } from './stubs.js';

// One fault, told at several doors: real triages, real claims on a real server; only the trackers are stand-ins.

type Told = Pick<SourceItem, 'title' | 'text'> & { readonly repo?: string };

const FAULT: Readonly<Partial<Record<Source, Told>>> = {
  linear: {
    title: 'VAT is rounded down on quotes',
    text: 'The VAT of a quote is rounded down to the cent below. It should be rounded to the nearest cent.',
  },
  jira: {
    title: 'Quotes: wrong rounding of tax',
    text: 'Quotes show tax rounded down to the lower cent; it must be rounded to the nearest cent.',
  },
  github: {
    title: 'Tax of a quote is one cent too low',
    text: 'calculateVat rounds down: the quote has VAT rounded down by a cent. It should be rounded to the nearest cent.',
  },
  slack: {
    title: 'vat rounding on quotes',
    text: 'same as ENG-1: VAT rounded down on quotes, should round to nearest cent',
  },
  webhook: {
    title: 'Mail from a customer: tax on my quote',
    text: 'The tax on my quote is rounded down to the cent below, it should be rounded to the nearest cent.',
  },
};

function key(source: string, n: number): string {
  if (source === 'linear') return `ENG-${n}`;
  return source === 'slack' ? `slack-C0PARCELS-1790000000-${String(n).padStart(6, '0')}` : `${source}-${n}`;
}

function signal(source: Source, subject: string, delivery = 'd'): Signal {
  const id = `${source} ${subject} ${delivery}`;
  return {
    ...{ specversion: '1.0', id, source, type: 'ticket.labelled', subject, time: '2026-11-21T10:00:00Z' },
    ...{ datacontenttype: 'application/json', data: {} },
    bodyhash: Buffer.from(id).toString('hex').padEnd(64, '0').slice(-64),
  };
}

describe('one fault at many doors', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server?.close());

  /** A world of its own: items, what was said at them, and how missions are held. */
  function world(items: Readonly<Record<string, Told>>) {
    const comments: Comment[] = [];
    const records: TriageRecord[] = [];
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((done) => {
      letGo = done;
    });
    const kept: TriageRecords = {
      append: async (record) => {
        records.push(record);
      },
      read: async () => records,
    };
    const trackerOf = (kind: Source) => ({
      item: async (subject: string): Promise<SourceItem | undefined> => {
        const told = items[`${kind}/${subject}`];
        const url = `https://${kind}.example/issue/${subject}`;
        return (
          told && { key: subject, source: { kind, id: subject, url }, labels: ['signalbox'], comments: [], ...told }
        );
      },
    });
    const kinds = ['linear', 'jira', 'github', 'slack', 'webhook'] as const;
    const { assess } = createTriageActivities({
      label: 'signalbox',
      repos: [
        { name: 'parcels', match: [] },
        { name: 'shop', match: [] },
      ],
      trackers: Object.fromEntries(kinds.map((kind) => [kind, trackerOf(kind)])),
    });
    const claims = createClaims(() => server.client, 60_000);
    const activities: Partial<AllActivities> = {
      ...createClaimActivities({ claims, records: kept }),
      assess: (input: AssessInput): Promise<Assessment> => assess(input),
      comment: async (comment) => {
        comments.push(comment);
        return { already: false };
      },
      writeProof: async (proof) => {
        await held;
        return stubs.writeProof(proof);
      },
    };
    return { activities, comments, records, letGo };
  }

  const send = (one: Signal) => createDispatcher({ client: server.client, dedupeMs: 60_000 }).signal(one);
  const handleOf = (triage: string) => server.client.workflow.getHandle(workflowId.triage(triage));
  const statusOf = (triage: string) => handleOf(triage).query(triageStatus);

  const until = (triage: string, holds: (status: TriageStatus) => boolean): Promise<TriageStatus> =>
    eventually(() => statusOf(triage), holds);

  const isSettled = ({ stage }: TriageStatus) => stage === 'running' || stage === 'folded' || stage === 'done';
  const correct = (triage: string, to: TriageCorrection) =>
    handleOf(triage).executeUpdate(correctTriage, { args: [{ by: operator, text: '', to }] });

  it('is one mission, whoever was first; the others are told, and written back to', async () => {
    const items = Object.fromEntries(
      Object.entries(FAULT).map(([source, told]) => [`${source}/${key(source, 1)}`, { ...told, repo: 'parcels' }]),
    );
    const at = world(items);
    await server.working(at.activities, async () => {
      const sources = Object.keys(FAULT) as Source[];
      await Promise.all(sources.map((source) => send(signal(source, key(source, 1)))));
      const triages = sources.map((source) => `${source}/${key(source, 1)}`);
      const statuses = await Promise.all(triages.map((triage) => until(triage, isSettled)));
      const leads = statuses.filter(({ stage }) => stage === 'running');
      expect(statuses.map(({ stage }) => stage).sort()).toEqual(['folded', 'folded', 'folded', 'folded', 'running']);
      const lead = leads[0]?.dedupeKey ?? '';
      const others = triages.filter((triage) => triage !== lead);
      await until(lead, ({ alsoFrom }) => alsoFrom?.length === 4);
      expect([...((await statusOf(lead)).alsoFrom ?? [])].sort()).toEqual([...others].sort());
      for (const triage of others) {
        expect(await statusOf(triage)).toMatchObject({ into: { key: lead } });
        const item = triage.slice(triage.indexOf('/') + 1);
        expect(at.comments.filter((comment) => comment.item === item && /folded/.test(comment.effectKey))).toHaveLength(
          1,
        );
      }
      at.letGo();
      await until(lead, ({ stage }) => stage === 'done');
      const missions = await Promise.all(
        triages.map((triage) =>
          server.client.workflow
            .getHandle(workflowId.mission(triage.slice(triage.indexOf('/') + 1)))
            .describe()
            .then(() => 1)
            .catch(() => 0),
        ),
      );
      expect(missions.filter((there) => there === 1)).toHaveLength(1);
    });
  });

  it('stays two missions where it is alike and not the same; each is told of the other', async () => {
    const at = world({
      'linear/ENG-2': {
        title: 'CSV export of shipments is empty',
        text: 'The export of shipments as CSV is empty. It should list them all.',
        repo: 'parcels',
      },
      'jira/jira-2': {
        title: 'CSV import of shipments is empty',
        text: 'The import of shipments as CSV is empty. It should list them all.',
        repo: 'parcels',
      },
    });
    await server.working(at.activities, async () => {
      await send(signal('linear', 'ENG-2'));
      await until('linear/ENG-2', isSettled);
      await send(signal('jira', 'jira-2'));
      const status = await until('jira/jira-2', isSettled);
      expect(status).toMatchObject({
        stage: 'running',
        near: [{ key: 'linear/ENG-2', because: expect.stringContaining('import') }],
      });
      expect(at.comments.filter(({ item, effectKey }) => item === 'jira-2' && /near$/.test(effectKey))).toHaveLength(1);
      at.letGo();
    });
  });

  it('is not folded into work that is over, and told of it', async () => {
    const at = world({
      'linear/ENG-3': {
        title: 'Labels print twice',
        text: 'Every label is printed twice. It should be printed once.',
        repo: 'parcels',
      },
      'jira/jira-3': {
        title: 'Labels print twice',
        text: 'Every label is printed twice. It should be printed once.',
        repo: 'parcels',
      },
    });
    at.letGo();
    await server.working(at.activities, async () => {
      await send(signal('linear', 'ENG-3'));
      await until('linear/ENG-3', ({ stage }) => stage === 'done');
      await send(signal('jira', 'jira-3'));
      const status = await until('jira/jira-3', isSettled);
      expect(status.stage).not.toBe('folded');
      expect(status.near).toMatchObject([
        { key: 'linear/ENG-3', because: expect.stringContaining('its work is over') },
      ]);
    });
  });

  it('is two again when a person says so, and stays so', async () => {
    const at = world({
      'linear/ENG-4': {
        title: 'Refunds are paid twice',
        text: 'A refund is paid twice. It should be paid once.',
        repo: 'parcels',
      },
      'jira/jira-4': {
        title: 'Refunds are paid twice',
        text: 'A refund is paid twice. It should be paid once.',
        repo: 'parcels',
      },
    });
    await server.working(at.activities, async () => {
      await send(signal('linear', 'ENG-4'));
      await until('linear/ENG-4', ({ stage }) => stage === 'running');
      await send(signal('jira', 'jira-4'));
      await until('jira/jira-4', ({ stage }) => stage === 'folded');
      await expect(correct('linear/ENG-4', { kind: 'split' })).rejects.toThrow();
      await correct('jira/jira-4', { kind: 'split' });
      const status = await until('jira/jira-4', ({ stage }) => stage === 'running');
      expect(status.near).toMatchObject([{ key: 'linear/ENG-4', because: 'a person has told them apart' }]);
      await until('linear/ENG-4', ({ alsoFrom }) => alsoFrom?.length === 0);
      expect(at.records).toMatchObject([{ kind: 'split', key: 'jira/jira-4', other: 'linear/ENG-4', by: operator }]);
      at.letGo();
      await until('jira/jira-4', ({ stage }) => stage === 'done');
      await send(signal('jira', 'jira-4', 'labelled again'));
      const again = await until('jira/jira-4', ({ stage }) => stage === 'running' || stage === 'done');
      expect(again.into).toBeUndefined();
    });
  });

  it('is one when a person says so: the mission of the other is ended, and its work kept', async () => {
    const at = world({
      'linear/ENG-5': {
        title: 'Search finds nothing',
        text: 'The search for a street is empty. It should find it.',
        repo: 'parcels',
      },
      'jira/jira-5': {
        title: 'Wrong weight',
        text: 'Kilograms are shown as pounds. They should be kilograms.',
        repo: 'parcels',
      },
    });
    await server.working(at.activities, async () => {
      await Promise.all([send(signal('linear', 'ENG-5')), send(signal('jira', 'jira-5'))]);
      await Promise.all([until('linear/ENG-5', isSettled), until('jira/jira-5', isSettled)]);
      await correct('jira/jira-5', { kind: 'merge', into: 'linear/ENG-5' });
      await until('jira/jira-5', ({ stage, into }) => stage === 'folded' && into?.key === 'linear/ENG-5');
      await until('linear/ENG-5', ({ alsoFrom }) => alsoFrom?.includes('jira/jira-5') === true);
      const ended = await server.client.workflow.getHandle(workflowId.mission('jira-5')).result();
      expect(ended).toMatchObject({ result: 'cancelled' });
      at.letGo();
      await until('linear/ENG-5', ({ stage }) => stage === 'done');
    });
  });

  it('is moved to another repository: its mission ends, and begins anew there', async () => {
    const at = world({
      'linear/ENG-6': {
        title: 'Basket forgets items',
        text: 'The basket forgets items. It should keep them.',
        repo: 'parcels',
      },
    });
    await server.working(at.activities, async () => {
      await send(signal('linear', 'ENG-6'));
      await until('linear/ENG-6', ({ stage }) => stage === 'running');
      const first = await server.client.workflow.getHandle(workflowId.mission('ENG-6')).describe();
      await correct('linear/ENG-6', { kind: 'move', repo: 'shop' });
      await until('linear/ENG-6', ({ stage, because }) => stage === 'running' && because !== 'cancelled');
      await eventually(
        () => server.client.workflow.getHandle(workflowId.mission('ENG-6')).describe(),
        ({ runId }) => runId !== first.runId,
      );
      const { input } = await firstInput('ENG-6');
      expect(input).toMatchObject({ item: { repo: 'shop', routedBecause: 'moved there by Operator' }, attempt: 2 });
      expect(at.records).toMatchObject([{ kind: 'move', key: 'linear/ENG-6', repo: 'shop' }]);
      at.letGo();
      await until('linear/ENG-6', ({ stage }) => stage === 'done');
    });
  });

  async function firstInput(item: string): Promise<{ readonly input: unknown }> {
    const { events } = await server.client.workflow.getHandle(workflowId.mission(item)).fetchHistory();
    const payload =
      events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data ?? new Uint8Array();
    return { input: JSON.parse(Buffer.from(payload).toString()) };
  }
});
