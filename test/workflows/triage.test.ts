import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { PlanInput } from '../../activities/planner.js';
import type { Comment, Message } from '../../activities/ports-effects.js';
import { type AssessInput, createTriageActivities } from '../../activities/triage.js';
import { createPartActivities } from '../../activities/triage-parts.js';
import type { Verdict } from '../../activities/triage-verdicts.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Signal } from '../../schemas/signal.js';
import type { SourceItem } from '../../schemas/work-item.js';
import {
  answerTriage,
  correctTriage,
  signalReceived,
  type TriageStatus,
  triageStatus,
} from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { memoryBlobs } from '../memory-blobs.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, BLOB, stubs, workItem } from './stubs.js';

const by = { id: 'operator' };
const LIKE_NOTHING: Verdict['claim']['signature'] = {
  ...{ keys: [], traces: [], errors: [], mentions: [], unlike: [], contrasts: [] },
  terms: '',
};

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

  it('starts a mission in each repo for an item that names several, and ends when all have', async () => {
    const assess: AllActivities['assess'] = async ({ subject }) => ({
      ...{ status: 'ready', item: workItem(subject, { repo: 'api', repos: ['api', 'web'] }) },
    });
    await server.working({ assess }, async () => {
      await dispatch(labelled('T-0', 'd-0'));
      expect(await until('T-0', ({ stage }) => stage === 'done')).toMatchObject({
        because: expect.stringContaining('shipped'),
      });
      const set = await server.client.workflow.getHandle(workflowId.mission('T-0')).describe();
      expect(set).toMatchObject({ type: 'changeSet', status: { name: 'COMPLETED' } });
      expect(await Promise.all(['T-0.api', 'T-0.web'].map(missions))).toEqual([1, 1]);
    });
  });

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

  describe('what is not to be worked on as it is', () => {
    const stood = { by: 'model', answers: 0, given: 0 } as const;
    const verdict = (subject: string, kind: Verdict['kind'] = 'decline'): Verdict => ({
      ...{ kind, id: `${kind} ${subject}`, because: 'model-a: no work on this code', by: 'model', title: 'T', stood },
      claim: { item: subject, source: { kind: 'linear', id: subject }, title: 'T', signature: LIKE_NOTHING },
    });

    function world(assess: AllActivities['assess'], more: Partial<AllActivities> = {}) {
      const said: Comment[] = [];
      const inputs: AssessInput[] = [];
      const activities: Partial<AllActivities> = {
        assess: async (input) => {
          inputs.push(input);
          return assess(input);
        },
        comment: async (comment) => {
          said.push(comment);
          return { already: false };
        },
        ...more,
      };
      const told = (part: string) => said.filter(({ effectKey }) => effectKey.includes(`/${part}/`));
      return { activities, inputs, told };
    }

    /** Ready as soon as somebody has answered or moved it. */
    const proposed: AllActivities['assess'] = async ({ subject, answers, moved, stood: before }) =>
      moved || (before && answers.length > before.answers)
        ? { status: 'ready', item: workItem(subject) }
        : { status: 'verdict', verdict: verdict(subject), may: false };

    it('what a model proposes is asked once, decided by nobody but a person, and told', async () => {
      const at = world(proposed);
      await server.working(at.activities, async () => {
        await dispatch(labelled('T-30', 'd-1'));
        const asking = await until('T-30', ({ stage }) => stage === 'asking');
        expect(asking).toMatchObject({ proposal: { kind: 'decline' }, waitingOn: { who: 'a person who may say yes' } });
        await dispatch(labelled('T-30', 'swept', { type: 'ticket.commented' }));
        await eventually(() => at.inputs.length === 2);
        await until('T-30', ({ stage }) => stage === 'asking');
        const accept = { by, text: '', to: { kind: 'accept' } } as const;
        await handleOf('T-30').executeUpdate(correctTriage, { args: [accept] });
        expect((await until('T-30', ({ stage }) => stage === 'declined')).because).toContain('no work on this code');
        expect(await missions('T-30')).toBe(0);
        await expect(handleOf('T-30').executeUpdate(correctTriage, { args: [accept] })).rejects.toThrow();
      });
      expect(at.told('proposal')).toHaveLength(1);
      expect(at.told('proposal')[0]?.body).toContain('signalbox triage accept linear/T-30');
      expect(at.told('declined')).toHaveLength(1);
    }, 120_000);

    it('what a person answers to a proposal, or says of what was declined, has it worked on', async () => {
      const at = world(proposed);
      await server.working(at.activities, async () => {
        await dispatch(labelled('T-31', 'd-1'));
        await until('T-31', ({ stage }) => stage === 'asking');
        await handleOf('T-31').executeUpdate(answerTriage, { args: [{ text: 'It is work.', by }] });
        await until('T-31', ({ stage }) => stage === 'done');
      });
      const ruled = world(async ({ subject, answers, moved }) =>
        answers.length > 0 || moved
          ? { status: 'ready', item: workItem(subject) }
          : { status: 'verdict', verdict: { ...verdict(subject), by: 'rules' }, may: true },
      );
      await server.working(ruled.activities, async () => {
        await Promise.all(['T-32', 'T-33'].map((item) => dispatch(labelled(item, `d of ${item}`))));
        await Promise.all(['T-32', 'T-33'].map((item) => until(item, ({ stage }) => stage === 'declined')));
        await handleOf('T-32').executeUpdate(answerTriage, { args: [{ text: 'It is work.', by }] });
        const move = { by, text: '', to: { kind: 'move', repo: 'shop' } } as const;
        await handleOf('T-33').executeUpdate(correctTriage, { args: [move] });
        await Promise.all(['T-32', 'T-33'].map((item) => until(item, ({ stage }) => stage === 'done')));
      });
      expect(ruled.told('declined')).toHaveLength(2);
    }, 120_000);

    it('a model is asked once about a text, and one that does not answer holds nothing up', async () => {
      let asked = 0;
      const consider = { item: BLOB, of: 'f'.repeat(64), repos: ['parcels'] };
      const at = world(
        async ({ subject, opinions }) =>
          opinions ? { status: 'ready', item: workItem(subject) } : { status: 'consider', consider },
        {
          considerItem: async () => {
            asked++;
            throw ApplicationFailure.nonRetryable('no model can take this call', 'ModelRefused');
          },
        },
      );
      await server.working(at.activities, async () => {
        await dispatch(labelled('T-34', 'd-1'));
        await until('T-34', ({ stage }) => stage === 'done');
      });
      expect(asked).toBe(1);
      expect(at.inputs.at(-1)?.opinions).toEqual([
        { of: consider.of, usd: 0, none: expect.stringContaining('no model can take this call') },
      ]);
    }, 120_000);

    it('several problems become several items with a mission each, which tell the whole of it and leave its state alone', async () => {
      const part = (n: number, what: string) => `## Problem ${n}: The ${what}\nThe ${what} is 5. It should be 4.\n`;
      const blobs = memoryBlobs();
      const states: { readonly item: string }[] = [];
      const item: SourceItem = {
        ...{ key: 'T-35', source: { kind: 'linear', id: 'id-35' }, title: 'Two', comments: [], reporter: { id: 'u1' } },
        ...{ text: `${part(1, 'sum')}\n${part(2, 'total')}`, labels: ['signalbox'] },
      };
      const { assess } = createTriageActivities({
        ...{ label: 'signalbox', repos: [{ name: 'parcels', match: [] }], blobs },
        trackers: { linear: { item: async () => item, labelled: async () => [] } },
      });
      const started: PlanInput[] = [];
      const at = world(assess, {
        ...createPartActivities({ blobs, runs: createRuns(() => server.client), dedupeMs: 60_000 }),
        setState: async (change) => {
          states.push(change);
          return { already: false };
        },
        planMission: async (input) => {
          started.push(input);
          return stubs.planMission(input);
        },
      });
      await server.working(at.activities, async () => {
        await dispatch(labelled('T-35', 'd-1'));
        const whole = await until('T-35', ({ stage }) => stage === 'split');
        expect(whole.parts).toEqual(['api/T-35-1', 'api/T-35-2']);
        const parts = ['T-35-1', 'T-35-2'].map((key) => server.client.workflow.getHandle(workflowId.mission(key)));
        await eventually(() => started.length === 2);
        await Promise.all(parts.map((handle) => handle.result()));
      });
      const source = { kind: 'api', reporterAt: 'linear' };
      const alsoFrom = [{ kind: 'linear', id: 'id-35', item: 'T-35', whole: true }];
      for (const { item: one } of started) {
        expect(one).toMatchObject({ source, alsoFrom, reporter: { id: 'u1' }, risk: 'low', repo: 'parcels' });
      }
      expect(new Set(started.map(({ item: { title } }) => title))).toEqual(new Set(['The sum', 'The total']));
      expect(at.told('split')).toHaveLength(1);
      const ends = at.told('end').filter(({ item: at35 }) => at35 === 'T-35');
      expect(ends).toHaveLength(2);
      expect(states.filter(({ item: one }) => one === 'T-35')).toEqual([]);
    }, 120_000);
  });

  describe('when its 24 hours run out', () => {
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
      await server.client.workflow.signalWithStart('triage', {
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
      await server.working(at.activities, async () => {
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
      await server.working(at.activities, async () => {
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
      await server.working(at.activities, async () => {
        await begin('T-23', { state: { ...state, signal, last: signal, receivedAt } });
        await eventually(() => at.late.length === 1);
        await handleOf('T-23').executeUpdate(answerTriage, { args: [{ text: 'It rounds up.', by }] });
        await until('T-23', ({ stage }) => stage === 'done');
      });
      expect(at.late).toEqual(['linear']);
      expect(at.escalations()).toEqual([]);
    }, 120_000);
  });
});
