import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Outcome } from '../../schemas/outcome.js';
import type { QueuePlace } from '../../schemas/pull-request.js';
import { answerRefused, changeTouched, missionStatus } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { useMissions } from './missions.js';
import { pullRequest } from './pull-requests.js';
import { answer, questionOf } from './questions.js';
import { type AllActivities, id, person, stubs, verdict, workItem } from './stubs.js';

const GATES = ['signalbox/tests', 'signalbox/end-to-end'];

describe('a mission on a forge with pull requests', () => {
  const { working, start, client, until } = useMissions();
  const run = (item: string, activities: Parameters<typeof working>[0]) =>
    working(activities, async () => (await start(workItem(item))).result() as Promise<Outcome>);

  it('opens one draft that tells the story, keeps it up to date, and marks it ready before it merges', async () => {
    const forge = pullRequest();
    let readyAtMerge: boolean | undefined;
    const merges: (number | undefined)[] = [];
    const outcome = await run('PR-1', {
      ...forge.activities,
      mergeChange: async (input) => {
        readyAtMerge = forge.edits.at(-1)?.draft === false;
        merges.push(input.pullRequest);
        return stubs.mergeChange(input);
      },
    });
    expect(outcome.result).toBe('shipped');
    expect(forge.opened).toHaveLength(1);
    expect(forge.opened[0]).toMatchObject({ branch: 'signalbox/PR-1', base: 'main', draft: true });
    expect(forge.opened[0]?.body).toContain('## Goal');
    expect([readyAtMerge, merges]).toEqual([true, [7]]);
    expect(forge.edits.map(({ version }) => version)).toEqual(forge.edits.map((_edit, n) => n + 1));
    expect(forge.edits.at(-1)).toMatchObject({ state: 'closed', body: expect.stringContaining('**shipped**') });
    expect(forge.edits.at(-1)?.labels).toEqual(['signalbox', 'signalbox:risk-low']);
  });

  it('tells of it once everywhere where it came from; a tracker that is away stops nothing', async () => {
    const forge = pullRequest();
    const said: string[][] = [];
    const comment: AllActivities['comment'] = async ({ source, item, body }) => {
      if (!body.includes('Opened a pull request')) return { already: false };
      said.push([source, item, body]);
      if (source === 'linear') throw ApplicationFailure.nonRetryable('gone', 'ItemNotFound');
      return { already: false };
    };
    const alsoFrom = [{ kind: 'jira', id: '7', item: 'jira.PAY-7' } as const];
    const outcome = await working({ ...forge.activities, comment }, async () => {
      return (await start(workItem('PR-7', { alsoFrom }))).result() as Promise<Outcome>;
    });
    expect(outcome.result).toBe('shipped');
    expect(said.map(([source, item]) => `${source} ${item}`)).toEqual(['linear PR-7', 'jira jira.PAY-7']);
    expect(said[0]?.[2]).toContain('[#7](http://forge.test/7)');
  });

  it('has a check for each gate: green only by a verdict on this very tree', async () => {
    const forge = pullRequest();
    let moved = false;
    await run('PR-2', {
      ...forge.activities,
      readHead: async () => (moved ? { commit: id('moved'), tree: id('moved tree') } : stubs.readHead({ repo: '' })),
      integrate: async (input) => {
        if (!moved) {
          moved = input.message.startsWith('Integrate');
          return stubs.integrate(input);
        }
        return { commit: id('with base'), tree: id('with base tree') };
      },
    });
    const moved2 = forge.checks.filter(({ commit }) => commit === id('with base'));
    for (const gate of GATES) {
      expect(forge.statesOf(gate)).toEqual(['passed', 'running', 'passed']);
      expect(moved2.filter(({ name }) => name === gate).map(({ state }) => state)).toEqual(['running', 'passed']);
    }
    expect(forge.statesOf('signalbox/review').at(-1)).toBe('passed');
    expect(forge.statesOf('signalbox/approval').at(-1)).toBe('passed');
  });

  it.each(['fail', 'unknown'] as const)('says that a gate has failed when its outcome is %s', async (outcome) => {
    const forge = pullRequest();
    const result = await run(`PR-3-${outcome}`, {
      ...forge.activities,
      readHead: async () => ({ commit: id('moved'), tree: id('moved tree') }),
      integrate: async (input) => ({
        ...(await stubs.integrate(input)),
        tree: id(input.message.slice(0, 5)),
      }),
      runGate: async ({ gate, tree }) =>
        verdict(gate, tree, forge.opened.length > 0 && gate === 'tests' ? outcome : 'pass'),
    });
    expect(result.result).toBe('failed');
    expect(forge.statesOf('signalbox/tests').at(-1)).toBe('failed');
    expect(forge.statesOf('signalbox/review')).toEqual(['pending', 'pending']);
    expect(forge.edits.at(-1)).toMatchObject({ state: 'open', draft: true });
    expect(forge.edits.at(-1)?.labels).toContain('signalbox:stopped');
  });

  it('waits for a person with buttons, and is ready for them to read', async () => {
    const forge = pullRequest();
    await working({ ...forge.activities, reviewChange: async ({ touches }) => (touches ? [] : [person]) }, async () => {
      const mission = await start(workItem('PR-4'));
      const question = await questionOf(client(), 'PR-4');
      expect(forge.checks.at(-1)).toMatchObject({
        ...{ name: 'signalbox/approval', state: 'waiting-for-person', mission: 'mission/PR-4' },
        actions: [expect.objectContaining({ id: 'approve' }), expect.objectContaining({ id: 'reject' })],
      });
      expect(forge.edits.at(-1)).toMatchObject({ draft: false });
      // Whoever answered there hears there that it does not count.
      const refused = { key: 'k1', question: question.id, who: 'ada', said: 'ada is an *author* of the change' };
      await mission.signal(answerRefused, refused);
      await eventually(() => forge.replies.length === 1);
      expect(forge.replies).toMatchObject([{ number: 7, inReplyTo: null, repo: 'parcels' }]);
      expect(forge.replies[0]?.effectKey).toMatch(/\/refused-k1$/);
      expect(forge.replies[0]?.body).toBe(
        '@ada: your answer to `PR-4/1` does not count: ada is an \\*author\\* of the change.',
      );
      await answer(client(), question, { decision: 'reject', reason: 'not now' });
      expect(((await mission.result()) as Outcome).result).toBe('rejected');
    });
    expect(forge.statesOf('signalbox/approval').slice(-2)).toEqual(['waiting-for-person', 'failed']);
    expect(forge.edits.at(-1)).toMatchObject({ state: 'closed', body: expect.stringContaining('not now') });
  });

  it('goes on when the forge does not take what is only shown, and says so once', async () => {
    const forge = pullRequest();
    const outcome = await run('PR-5', {
      ...forge.activities,
      reportCheck: async () => {
        throw ApplicationFailure.nonRetryable('checks need another scope', 'Unauthorized');
      },
    });
    expect(outcome.result).toBe('shipped');
    const { notes } = await working({}, () => client().workflow.getHandle('mission/PR-5').query(missionStatus));
    expect(notes.filter((note) => note.includes('checks need another scope'))).toHaveLength(1);
  });

  it('shows none of this on a forge without pull requests', async () => {
    const forge = pullRequest();
    const outcome = await run('PR-6', { ...forge.activities, readBase: stubs.readBase });
    expect(outcome.result).toBe('shipped');
    expect([forge.opened, forge.edits, forge.checks]).toEqual([[], [], []]);
  });

  describe('where only the merge queue of the forge merges', () => {
    /** `places`: what the queue says, one look after the other; the last one stays. */
    function behindQueue(places: readonly QueuePlace[], merged = id('merged tree')) {
      const forge = pullRequest();
      const joined: Parameters<AllActivities['enqueuePullRequest']>[0][] = [];
      let looks = 0;
      const activities: Partial<AllActivities> = {
        ...forge.activities,
        mergeChange: async () => {
          throw ApplicationFailure.nonRetryable("the forge's own merge queue stands before main", 'MergeQueue');
        },
        enqueuePullRequest: async (input) => {
          joined.push(input);
          return { queued: true, already: false };
        },
        readMergeQueue: async () => {
          const place = places[Math.min(looks++, places.length - 1)] ?? { state: 'out', head: '' };
          if (place.state === 'merged')
            forge.becomes({ state: 'merged', mergeCommit: id('theirs'), mergedTree: merged });
          return place;
        },
      };
      return { activities, forge, joined };
    }

    const out: QueuePlace = { state: 'out', head: '' };
    const queued: QueuePlace = { state: 'queued', head: '', entry: 'e', position: 3 };

    it('waits there, and ships what the forge merged when it is what was validated', async () => {
      const { activities, joined, forge } = behindQueue([out, queued, { state: 'merged', head: '' }]);
      const outcome = await working(activities, async () => {
        const handle = await start(workItem('PR-20'));
        const { waitingOn } = await until('PR-20', (status) => status.waitingOn?.what.includes('place') ?? false);
        expect(waitingOn).toMatchObject({ who: "the forge's own merge queue", what: 'its place there is 3' });
        expect(forge.edits.at(-1)?.draft).toBe(false);
        await handle.signal(changeTouched, { delivery: 'd-1' });
        return (await handle.result()) as Outcome;
      });
      expect(outcome).toMatchObject({ result: 'shipped', mergeCommit: id('theirs') });
      expect(joined).toEqual([expect.objectContaining({ number: 7, head: expect.any(String) })]);
    });

    it('judges what the forge merged when that is something else, and red is no success', async () => {
      const world = behindQueue([out, { state: 'merged', head: '' }], id('another tree'));
      const judged: string[] = [];
      const outcome = await run('PR-21', {
        ...world.activities,
        runGate: async ({ gate, tree }) => {
          judged.push(tree);
          return verdict(gate, tree, tree === id('another tree') ? 'fail' : 'pass');
        },
      });
      expect(judged).toContain(id('another tree'));
      expect(outcome).toMatchObject({ result: 'failed', because: expect.stringMatching(/not what was validated/) });
    });

    it('gives the change back with the reason when it was taken out, and does not put the same head there again', async () => {
      const removed = { ...out, removed: { id: 'r1', reason: 'a check failed' } };
      const { activities, joined } = behindQueue([out, removed]);
      const outcome = await run('PR-22', activities);
      expect(outcome).toMatchObject({ result: 'failed', because: expect.stringContaining('a check failed') });
      expect(joined).toHaveLength(1);
    });

    it('does not take a removal of before for one of now', async () => {
      const before = { ...out, removed: { id: 'r1', reason: 'of before' } };
      const { activities } = behindQueue([
        before,
        { ...queued, ...before, state: 'queued' },
        { state: 'merged', head: '' },
      ]);
      const outcome = await working(activities, async () => {
        const handle = await start(workItem('PR-23'));
        await until('PR-23', (status) => status.waitingOn?.what.includes('place') ?? false);
        await handle.signal(changeTouched, { delivery: 'd-1' });
        return (await handle.result()) as Outcome;
      });
      expect(outcome.result).toBe('shipped');
    });

    it('asks once more after the base or the branch has moved', async () => {
      const world = behindQueue([out, { state: 'merged', head: '' }]);
      let moved = false;
      const joins: string[] = [];
      const outcome = await run('PR-24', {
        ...world.activities,
        readHead: async () => (moved ? { commit: id('moved'), tree: id('moved tree') } : stubs.readHead({ repo: '' })),
        integrate: async (input) =>
          input.parts.some(({ commit }) => commit === id('moved'))
            ? { commit: id('with base'), tree: id('merged tree') }
            : stubs.integrate(input),
        enqueuePullRequest: async ({ head }) => {
          joins.push(head);
          if (moved) return { queued: true, already: false };
          moved = true;
          return { moved: id('moved') };
        },
      });
      expect(outcome.result).toBe('shipped');
      expect(joins.at(-1)).toBe(id('with base'));
    });
  });
});
