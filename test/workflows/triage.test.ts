import { describe, expect, it } from '@jest/globals';
import type { Comment } from '../../activities/ports-effects.js';
import { workflowId } from '../../schemas/names.js';
import { answerTriage } from '../../workflows/messages-triage.js';
import { type AllActivities, workItem } from './stubs.js';
import { by, labelled, useTriage } from './triages.js';

describe('triage', () => {
  const { client, working, dispatch, handleOf, until, missions } = useTriage();

  it('starts a mission in each repo for an item that names several, and ends when all have', async () => {
    const assess: AllActivities['assess'] = async ({ subject }) => ({
      ...{ status: 'ready', item: workItem(subject, { repo: 'api', repos: ['api', 'web'] }) },
    });
    await working({ assess }, async () => {
      await dispatch(labelled('T-40', 'd-40'));
      expect(await until('T-40', ({ stage }) => stage === 'done')).toMatchObject({
        because: expect.stringContaining('shipped'),
      });
      const set = await client().workflow.getHandle(workflowId.mission('T-40')).describe();
      expect(set).toMatchObject({ type: 'changeSet', status: { name: 'COMPLETED' } });
      expect(await Promise.all(['T-40.api', 'T-40.web'].map(missions))).toEqual([1, 1]);
    });
  });

  it('starts one mission however often and in whatever order a delivery comes', async () => {
    await working({}, async () => {
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
    await working({}, async () => {
      await dispatch(labelled('T-0', 'd-1'));
      await until('T-0', ({ stage }) => stage === 'done');
      const { typedSearchAttributes } = await handleOf('T-0').describe();
      const attributes = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
      expect(Object.fromEntries(attributes)).toMatchObject({ SignalboxSource: 'linear', SignalboxMission: 'T-0' });
    });
  });

  it('starts another mission when the label is set again after the first has ended', async () => {
    await working({}, async () => {
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
    await working(
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
    await working(
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
    await working(
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
