import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { ChangeSetOutcome } from '../../schemas/change-set.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { cancelMission } from '../../workflows/messages.js';
import { useMissions } from './missions.js';
import { pullRequest } from './pull-requests.js';
import { type AllActivities, id, operator, stubs, workItem } from './stubs.js';

// One item in several repos: api, then web.

const MINUTES = 60_000;
const REPOS = ['api', 'web'];

describe('an item in several repos', () => {
  const { working, client, until } = useMissions();

  const start = (item: string) =>
    client().workflow.start<(input: object) => Promise<ChangeSetOutcome>>('changeSet', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
      args: [{ item: workItem(item, { repo: 'api', repos: REPOS }), attempt: 1 }],
    });

  /** `merge`: what becomes of the nth merge into a repo. */
  function world(merge: (repo: string, nth: number) => void = () => undefined) {
    const merges: string[] = [];
    const reverts: Parameters<AllActivities['revertCommit']>[0][] = [];
    const comments: { readonly item: string; readonly body: string }[] = [];
    const states: string[] = [];
    const activities: Partial<AllActivities> = {
      mergeChange: async ({ change: { repo, branch } }) => {
        merge(repo, merges.filter((line) => line.startsWith(repo)).length + 1);
        merges.push(`${repo} ${branch}`);
        return { merged: id(`${repo} ${merges.length}`), already: false };
      },
      revertCommit: async (input) => {
        reverts.push(input);
        return stubs.revertCommit(input);
      },
      comment: async ({ source, item, body }) => {
        if (source === 'linear') comments.push({ item, body });
        return { already: false };
      },
      setState: async ({ source, item, state }) => {
        if (source === 'linear') states.push(`${item} ${state}`);
        return { already: false };
      },
    };
    return { activities, merges, reverts, comments, states };
  }

  it(
    'is merged in order, and nothing of it before all are ready',
    async () => {
      const { activities, merges, states, comments } = world();
      let release: () => void = () => undefined;
      const released = new Promise<void>((done) => {
        release = done;
      });
      const outcome = await working(
        {
          ...activities,
          planMission: async (input) => {
            if (input.item.repo === 'web') await released;
            return stubs.planMission(input);
          },
        },
        async () => {
          const handle = await start('CS-1');
          const waiting = await until('CS-1.api', ({ stage }) => stage === 'change-set');
          expect(waiting.waitingOn).toMatchObject({ who: 'the changes in web' });
          expect(merges).toEqual([]);
          release();
          return handle.result();
        },
      );
      expect(outcome).toMatchObject({ result: 'shipped', because: 'all are merged: api, web' });
      expect(merges).toEqual(['api signalbox/CS-1.api', 'web signalbox/CS-1.web']);
      expect(states).toEqual(['CS-1 started', 'CS-1 completed']);
      expect(comments.every(({ item }) => item === 'CS-1')).toBe(true);
      expect(comments.at(-1)?.body).toContain('- `api`: merged as');
    },
    2 * MINUTES,
  );

  it(
    'is taken back in reverse when a later part does not land, and the ticket is told',
    async () => {
      const { activities, merges, reverts, comments, states } = world((repo) => {
        if (repo === 'web') throw ApplicationFailure.nonRetryable('the branch is locked', 'Unauthorized');
      });
      const outcome = await working(activities, async () => (await start('CS-2')).result());
      expect(merges).toEqual(['api signalbox/CS-2.api', 'api signalbox/CS-2.api.revert']);
      expect(reverts).toMatchObject([{ repo: 'api', commit: id('api 1') }]);
      expect(outcome).toMatchObject({
        ...{ result: 'failed', because: expect.stringContaining('the branch is locked') },
        parts: [
          { repo: 'api', result: 'shipped', reverted: { commit: id('api 2') } },
          { repo: 'web', result: 'failed' },
        ],
      });
      expect(comments.at(-1)?.body).toMatch(/`api`: merged as \w+, taken back by/);
      expect(states.at(-1)).toBe('CS-2 stopped');
    },
    2 * MINUTES,
  );

  it(
    'says loudly what could not be taken back',
    async () => {
      const { activities, comments } = world((repo, nth) => {
        if (repo === 'web' || nth > 1) throw ApplicationFailure.nonRetryable('the branch is locked', 'Unauthorized');
      });
      const outcome = await working(activities, async () => (await start('CS-3')).result());
      expect(outcome.because).toMatch(/api is merged and was not taken back: failed: the branch is locked/);
      expect(comments.at(-1)?.body).toContain('**not taken back**');
    },
    2 * MINUTES,
  );

  it(
    'lands nowhere when one of them does not get ready',
    async () => {
      const { activities, merges } = world();
      const outcome = await working(
        {
          ...activities,
          planMission: async (input) =>
            input.item.repo === 'web' ? { cannotDo: 'nothing to go by', evidence: [] } : stubs.planMission(input),
        },
        async () => (await start('CS-4')).result(),
      );
      expect(merges).toEqual([]);
      expect(outcome).toMatchObject({
        result: 'cannot-do',
        parts: [
          { repo: 'api', result: 'cancelled' },
          { repo: 'web', result: 'cannot-do' },
        ],
      });
    },
    2 * MINUTES,
  );

  it(
    'has a pull request in each, which names the others and the order',
    async () => {
      const { activities } = world();
      const pulls = { api: pullRequest(), web: pullRequest() };
      const of = (repo: string) => (repo === 'web' ? pulls.web : pulls.api);
      const outcome = await working(
        {
          ...activities,
          ...pulls.api.activities,
          openPullRequest: async (input) => ({
            ...((await of(input.repo).activities.openPullRequest?.(input)) ?? { number: 0, already: false }),
            url: `http://forge.test/${input.repo}/7`,
          }),
          editPullRequest: async (input) => {
            of(input.repo).edits.push(input);
            return { already: false };
          },
        },
        async () => (await start('CS-5')).result(),
      );
      expect(outcome.result).toBe('shipped');
      const body = (repo: string) => of(repo).edits.map((edit) => edit.body);
      expect(body('api').join()).toContain('Merged in this order, or not at all: api, then web.');
      expect(body('api').join()).toContain('[web](http://forge.test/web/7)');
      expect(body('web').join()).toContain('[api](http://forge.test/api/7)');
    },
    2 * MINUTES,
  );

  it(
    'is cancelled as a whole',
    async () => {
      const { activities, merges } = world();
      let release: () => void = () => undefined;
      const released = new Promise<void>((done) => {
        release = done;
      });
      const held: Partial<AllActivities> = {
        ...activities,
        planMission: async (input) => {
          await released;
          return stubs.planMission(input);
        },
      };
      const outcome = await working(held, async () => {
        const handle = await start('CS-6');
        await until('CS-6.web', ({ stage }) => stage === 'planning');
        await handle.executeUpdate(cancelMission, { args: [{ by: operator, text: 'not needed' }] });
        release();
        return handle.result();
      });
      expect(outcome).toMatchObject({ result: 'cancelled', because: 'it was cancelled by Operator' });
      expect(merges).toEqual([]);
    },
    2 * MINUTES,
  );
});
