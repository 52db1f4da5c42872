import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { PlanInput } from '../../activities/planner.js';
import type { Comment } from '../../activities/ports-effects.js';
import { type AssessInput, createTriageActivities } from '../../activities/triage.js';
import { createPartActivities } from '../../activities/triage-parts.js';
import type { Verdict } from '../../activities/triage-verdicts.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { workflowId } from '../../schemas/names.js';
import type { SourceItem } from '../../schemas/work-item.js';
import { answerTriage, correctTriage } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { memoryBlobs } from '../memory-blobs.js';
import { type AllActivities, BLOB, stubs, workItem } from './stubs.js';
import { by, labelled, useTriage } from './triages.js';

const LIKE_NOTHING: Verdict['claim']['signature'] = {
  ...{ keys: [], traces: [], errors: [], mentions: [], unlike: [], contrasts: [] },
  terms: '',
};

describe('triage of what is not to be worked on as it is', () => {
  const { client, working, dispatch, handleOf, until, missions } = useTriage();
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
    await working(at.activities, async () => {
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
    await working(at.activities, async () => {
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
    await working(ruled.activities, async () => {
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
    await working(at.activities, async () => {
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
      ...createPartActivities({ blobs, runs: createRuns(client), dedupeMs: 60_000 }),
      setState: async (change) => {
        states.push(change);
        return { already: false };
      },
      planMission: async (input) => {
        started.push(input);
        return stubs.planMission(input);
      },
    });
    await working(at.activities, async () => {
      await dispatch(labelled('T-35', 'd-1'));
      const whole = await until('T-35', ({ stage }) => stage === 'split');
      expect(whole.parts).toEqual(['api/T-35-1', 'api/T-35-2']);
      const parts = ['T-35-1', 'T-35-2'].map((key) => client().workflow.getHandle(workflowId.mission(key)));
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
