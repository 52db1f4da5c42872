import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Comment } from '../../activities/ports-effects.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import { workflowId } from '../../schemas/names.js';
import type { Signal } from '../../schemas/signal.js';
import { answerTriage, type TriageStatus, triageStatus } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { workItem } from './stubs.js';

const by = { id: 'operator' };

function labelled(subject: string, delivery: string, change: Partial<Signal> = {}): Signal {
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

describe('triage', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  const dispatch = (signal: Signal) => createDispatcher({ client: server.client, dedupeMs: 60_000 }).signal(signal);
  const handleOf = (subject: string) => server.client.workflow.getHandle(workflowId.triage(`linear/${subject}`));

  const until = (subject: string, holds: (status: TriageStatus) => boolean): Promise<TriageStatus> =>
    eventually(() => handleOf(subject).query(triageStatus), holds);

  async function missions(subject: string): Promise<number> {
    await new Promise((done) => setTimeout(done, 500));
    return (await server.client.workflow.count(`WorkflowId = "${workflowId.mission(subject)}"`)).count;
  }

  it('starts one mission however often and in whatever order a delivery comes', async () => {
    await server.working({}, async () => {
      const again = { ...labelled('T-1', 'd-1'), id: 'another delivery of the same body' };
      await Promise.all([labelled('T-1', 'd-1'), labelled('T-1', 'd-1'), again, labelled('T-1', 'd-2')].map(dispatch));
      await until('T-1', ({ stage }) => stage === 'done');
      await dispatch(labelled('T-1', 'd-1'));
      const status = await until('T-1', ({ folded }) => folded >= 4);
      expect(status.because).toContain('shipped');
      expect(await missions('T-1')).toBe(1);
    });
  });

  it('is found by its source and its item', async () => {
    await server.working({}, async () => {
      await dispatch(labelled('T-0', 'd-1'));
      await until('T-0', ({ stage }) => stage === 'done');
      const { typedSearchAttributes } = await handleOf('T-0').describe();
      const attributes = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
      expect(Object.fromEntries(attributes)).toMatchObject({ SignalboxSource: 'linear', SignalboxMission: 'T-0' });
    });
  });

  it('starts another mission when the label is set again after the first has ended', async () => {
    await server.working({}, async () => {
      await dispatch(labelled('T-2', 'd-1'));
      await until('T-2', ({ stage }) => stage === 'done');
      await dispatch(labelled('T-2', 'd-2'));
      await until('T-2', ({ stage }) => stage === 'running');
      await until('T-2', ({ stage }) => stage === 'done');
      expect(await missions('T-2')).toBe(2);
    });
  });

  it('asks the reporter once, waits, and goes on with the answer from the source', async () => {
    const comments: Comment[] = [];
    let answered = false;
    await server.working(
      {
        assess: async ({ subject }) =>
          answered
            ? { status: 'ready', item: workItem(subject) }
            : {
                status: 'incomplete',
                title: 'vague',
                missing: [{ field: 'expected', question: 'What should happen instead?' }],
              },
        comment: async (input) => {
          comments.push(input);
          return { already: false };
        },
      },
      async () => {
        await dispatch(labelled('T-3', 'd-1'));
        const asking = await until('T-3', ({ stage }) => stage === 'asking');
        expect(asking).toMatchObject({
          missing: ['expected: What should happen instead?'],
          waitingOn: { who: 'the reporter' },
        });
        await dispatch(labelled('T-3', 'c-1', { type: 'ticket.commented' }));
        await until('T-3', ({ stage }) => stage === 'asking');
        answered = true;
        await dispatch(labelled('T-3', 'c-2', { type: 'ticket.commented' }));
        await until('T-3', ({ stage }) => stage === 'done');
      },
    );
    const questions = comments.filter(({ effectKey }) =>
      /^triage\/linear\/T-3\/[0-9a-f]{12}\/question$/.test(effectKey),
    );
    expect(new Set(questions.map(({ body }) => body)).size).toBe(1);
  });

  it('takes the answer from the CLI as well, and refuses one that nobody asked for', async () => {
    await server.working(
      {
        assess: async ({ subject, answers }) =>
          answers.length > 0
            ? { status: 'ready', item: workItem(subject) }
            : {
                status: 'incomplete',
                title: 'vague',
                missing: [{ field: 'expected', question: 'What should happen instead?' }],
              },
      },
      async () => {
        await dispatch(labelled('T-4', 'd-1'));
        await until('T-4', ({ stage }) => stage === 'asking');
        await expect(handleOf('T-4').executeUpdate(answerTriage, { args: [{ text: ' ', by }] })).rejects.toThrow();
        await handleOf('T-4').executeUpdate(answerTriage, { args: [{ text: 'It should round up.', by }] });
        await until('T-4', ({ stage }) => stage === 'done');
        await expect(handleOf('T-4').executeUpdate(answerTriage, { args: [{ text: 'late', by }] })).rejects.toThrow();
      },
    );
  });

  it('ignores an item that does not carry the label any more, and says why', async () => {
    await server.working(
      { assess: async () => ({ status: 'ignored', because: 'the item does not carry the label' }) },
      async () => {
        await dispatch(labelled('T-5', 'd-1'));
        const status = await until('T-5', ({ stage }) => stage === 'ignored');
        expect(status.because).toBe('the item does not carry the label');
        expect(await missions('T-5')).toBe(0);
      },
    );
  });

  it('lets a comment on an item that nobody works on pass', async () => {
    expect(await dispatch(labelled('T-6', 'c-1', { type: 'ticket.commented' }))).toMatchObject({
      accepted: 'nobody-waits',
    });
  });
});
