import { describe, expect, it } from '@jest/globals';
import type { Comment, Message } from '../../activities/ports-effects.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { answerTriage, signalReceived } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { type AllActivities, workItem } from './stubs.js';
import { by, labelled, useTriage } from './triages.js';

describe('triage when its 24 hours run out', () => {
  const { client, working, handleOf, until } = useTriage();
  const HOUR = 3_600_000;

  /** What is said, where, and of which source it is counted that it was late. */
  function world(assess: AllActivities['assess'], escalateMs: number | null = 300) {
    const said: (Comment | Message)[] = [];
    const late: string[] = [];
    const activities: Partial<AllActivities> = {
      assess,
      triageTerms: async () => ({ escalateMs }),
      describeEscalation: async ({ key, stage }) => ({
        names: ['Alice'],
        message: { channel: 'C0TRIAGE', text: `${key} is ${stage}`, blocks: '[]' },
      }),
      noteLate: async ({ source }) => void late.push(source),
      comment: async (comment) => {
        said.push(comment);
        return { already: false };
      },
      postMessage: async (message) => {
        said.push(message);
        return { message: '1', already: false };
      },
    };
    const escalations = () => said.filter(({ effectKey }) => effectKey.includes('/escalation/'));
    return { activities, escalations, late };
  }

  async function begin(subject: string, input: object = {}): Promise<void> {
    await client().workflow.signalWithStart('triage', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.triage(`linear/${subject}`) },
      signal: signalReceived,
      signalArgs: [labelled(subject, `begin ${subject}`)],
      args: [{ dedupeKey: `linear/${subject}`, source: 'linear', subject, dedupeMs: 60_000, lookMs: 1, ...input }],
    });
  }

  const incomplete: AllActivities['assess'] = async ({ answers, subject }) =>
    answers.length > 0
      ? { status: 'ready', item: workItem(subject) }
      : { status: 'incomplete', title: 'vague', missing: [{ field: 'expected', question: 'What then?' }] };

  it('tells whoever the policy names, in place and in the chat, once, and goes on with the answer', async () => {
    const at = world(incomplete);
    await working(at.activities, async () => {
      await begin('T-20');
      await eventually(() => at.escalations().length === 2);
      expect(at.escalations()).toEqual([
        expect.objectContaining({ item: 'T-20', body: expect.stringContaining('Told of it: Alice.') }),
        expect.objectContaining({ channel: 'C0TRIAGE', thread: null, text: 'linear/T-20 is asking' }),
      ]);
      await handleOf('T-20').executeUpdate(answerTriage, { args: [{ text: 'It rounds up.', by }] });
      await until('T-20', ({ stage }) => stage === 'done');
    });
    expect(at.escalations()).toHaveLength(2);
    expect(at.late).toEqual([]);
  }, 120_000);

  it('tells it also of an item that nobody can read, and of none that is decided in time', async () => {
    let readable: () => void = () => undefined;
    const read = new Promise<void>((done) => {
      readable = done;
    });
    const at = world(async ({ subject }) => {
      if (subject === 'T-21') await read;
      return { status: 'ready', item: workItem(subject) };
    }, 500);
    await working(at.activities, async () => {
      await Promise.all([begin('T-21'), begin('T-22')]);
      await until('T-22', ({ stage }) => stage === 'done');
      await eventually(() => at.escalations().length === 2);
      expect(at.escalations().map((one) => ('item' in one ? one.item : one.text))).toEqual([
        'T-21',
        'linear/T-21 is assessing',
      ]);
      readable();
      await until('T-21', ({ stage }) => stage === 'done');
    });
    expect(at.escalations()).toHaveLength(2);
  }, 120_000);

  it('goes by when the item came, over runs: late is counted once, and nobody is told where the policy says never', async () => {
    const at = world(incomplete, null);
    const receivedAt = new Date(Date.now() - 24 * HOUR + 500).toISOString();
    const signal = labelled('T-23', 'before');
    const before = { seen: [], queue: [], answers: [], folded: 0, missions: 0, missing: ['expected: What then?'] };
    const state = { ...before, stage: 'asking', because: 'asked', since: receivedAt, answered: false };
    await working(at.activities, async () => {
      await begin('T-23', { state: { ...state, signal, last: signal, receivedAt } });
      await eventually(() => at.late.length === 1);
      await handleOf('T-23').executeUpdate(answerTriage, { args: [{ text: 'It rounds up.', by }] });
      await until('T-23', ({ stage }) => stage === 'done');
    });
    expect(at.late).toEqual(['linear']);
    expect(at.escalations()).toEqual([]);
  }, 120_000);
});
