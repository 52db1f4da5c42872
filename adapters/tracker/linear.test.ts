import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Tracker } from '../../activities/ports.js';
import { FakeLinear, LINEAR_FAULTS } from '../../test/fakes/linear.js';
import { person } from '../../test/fakes/linear-workspace.js';
import { createLinearTracker, effectId } from './linear.js';

const KEY = 'ENG-101';
const ATTEMPTS = 4;

let linear: FakeLinear;
let tracker: Tracker;

beforeEach(async () => {
  linear = new FakeLinear();
  await linear.start();
  linear.addIssue({ key: KEY, title: 'Totals are wrong', description: 'Off by one cent', project: 'Billing' });
  tracker = createLinearTracker({ apiKey: linear.apiKey, apiUrl: linear.apiUrl, timeoutMs: 400 });
});
afterEach(() => linear.close());

const comment = { item: KEY, body: 'Hello', effectKey: 'mission/ENG-101/asked' };

/** Every effect, the state it leaves, and a field that only its mutation has. */
const EFFECTS = [
  {
    name: 'a comment',
    mutation: 'commentCreate',
    run: () => tracker.comment(comment),
    left: { effect: 'commentCreate', issue: KEY, key: effectId(comment.effectKey) },
  },
  ...(['started', 'completed'] as const).map((state) => ({
    name: `the state ${state}`,
    mutation: 'issueUpdate',
    run: () => tracker.setState({ item: KEY, state, effectKey: `mission/ENG-101/${state}` }),
    left: { effect: 'issueUpdate', issue: KEY, key: { started: 'In Progress', completed: 'Done' }[state] },
  })),
];

/** As Temporal does: again while the failure is not permanent. */
async function retried<T>(effect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await effect();
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable || attempt === ATTEMPTS) throw error;
    }
  }
}

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const failure = await call.catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(failure)}`);
  return failure;
}

describe('effects on Linear happen once', () => {
  const moments = [
    { when: 'in its write', on: (mutation: string) => mutation },
    { when: 'in the look before it', on: () => 'query' },
  ];
  const cases = EFFECTS.flatMap((effect) =>
    LINEAR_FAULTS.flatMap((fault) => moments.map((moment) => ({ effect, fault, moment }))),
  ).map((each) => [`${each.effect.name} with ${each.fault} ${each.moment.when}`, each] as const);

  it.each(cases)('%s', async (_title, { effect, fault, moment }) => {
    linear.fail(fault, moment.on(effect.mutation));
    await retried(effect.run);
    expect(linear.ledger).toEqual([effect.left]);
    expect(await effect.run()).toMatchObject({ already: true });
    expect(linear.ledger).toHaveLength(1);
  });

  it('makes one comment of two attempts at the same moment', async () => {
    const both = await Promise.all([retried(() => tracker.comment(comment)), retried(() => tracker.comment(comment))]);
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    expect(both.map(({ already }) => already)).toContain(true);
    expect(linear.ledger).toHaveLength(1);
  });

  it('makes two comments of two effect keys, whatever they say', async () => {
    await tracker.comment(comment);
    await tracker.comment({ ...comment, effectKey: 'mission/ENG-101/done' });
    expect(linear.ledger).toHaveLength(2);
  });
});

describe('an item of Linear', () => {
  it('comes with all that routing and triage read', async () => {
    linear.addLabel(KEY, 'signalbox');
    linear.addComment(KEY, 'It happens in March', person('ada'));
    expect(await tracker.item(KEY)).toEqual({
      key: KEY,
      source: { kind: 'linear', id: expect.any(String), url: `${linear.apiUrl.replace('/graphql', '')}/issue/${KEY}` },
      title: 'Totals are wrong',
      text: 'Off by one cent',
      labels: ['signalbox'],
      team: 'ENG',
      project: 'Billing',
      reporter: { id: 'user-reporter', name: 'reporter' },
      comments: [
        { id: expect.any(String), text: 'It happens in March', author: { id: 'user-ada', name: 'ada' }, ours: false },
      ],
    });
  });

  it('is undefined when Linear has none', async () => {
    expect(await tracker.item('ENG-999')).toBeUndefined();
  });

  it('tells our comments from those that only look like ours, oldest first', async () => {
    await tracker.comment(comment);
    const marked = linear.workspace.issue(KEY).comments[0]?.body ?? '';
    expect(marked).toContain('mission/ENG-101/asked');
    linear.addComment(KEY, marked, person('mallory'));
    linear.addComment(KEY, 'by our user, but without the marker', linear.workspace.viewer);
    expect((await tracker.item(KEY))?.comments.map(({ ours }) => ours)).toEqual([true, false, false]);
  });

  it('fits into a history, however much was written', async () => {
    for (let n = 0; n < 60; n += 1) linear.addComment(KEY, `${n}${'x'.repeat(20_000)}`);
    const item = await tracker.item(KEY);
    expect(JSON.stringify(item).length).toBeLessThan(1_000_000);
    expect(item?.comments.at(-1)?.text).toMatch(/^59x+\n\[\d+ more characters in Linear\]$/);
  });
});

describe('the state of an item', () => {
  it('goes to the first started state, and stays when it is a later one already', async () => {
    await tracker.setState({ item: KEY, state: 'started', effectKey: 'a' });
    expect(linear.workspace.issue(KEY).state.name).toBe('In Progress');
    const review = linear.workspace.issue(KEY).team.states.find(({ name }) => name === 'In Review');
    if (review) linear.workspace.issue(KEY).state = review;
    expect(await tracker.setState({ item: KEY, state: 'started', effectKey: 'b' })).toEqual({ already: true });
  });

  it('goes back to where work waits when a mission stops', async () => {
    await tracker.setState({ item: KEY, state: 'started', effectKey: 'a' });
    expect(await tracker.setState({ item: KEY, state: 'stopped', effectKey: 'b' })).toEqual({ already: false });
    expect(linear.workspace.issue(KEY).state.name).toBe('Todo');
  });
});

describe('a failure of Linear', () => {
  it('is permanent and names the key when the key is refused', async () => {
    const stranger = createLinearTracker({ apiKey: 'lin_api_other', apiUrl: linear.apiUrl });
    const failure = await failureOf(stranger.item(KEY));
    expect(failure).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
    expect(failure.message).toContain('LINEAR_API_KEY');
    expect(failure.message).not.toContain('lin_api_other');
  });

  it('is permanent when the item to write to does not exist', async () => {
    const failure = await failureOf(tracker.comment({ ...comment, item: 'ENG-999' }));
    expect(failure).toMatchObject({ type: 'ItemNotFound', nonRetryable: true });
  });

  it('waits as long as the answer says when there were too many requests', async () => {
    linear.fail('429');
    const failure = await failureOf(tracker.item(KEY));
    expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: false, nextRetryDelay: 7_000 });
  });

  it('waits for the quota to fill again when Linear says so with a 400', async () => {
    linear.fail('rate-limited');
    const failure = await failureOf(tracker.item(KEY));
    expect(failure.type).toBe('RateLimited');
    expect(failure.nextRetryDelay).toBeGreaterThan(60_000);
    expect(failure.nextRetryDelay).toBeLessThanOrEqual(3_600_000);
  });

  it.each(['error-before', '5xx', 'done-then-timeout', 'done-then-5xx', 'malformed', 'cut'] as const)(
    'is passing when it is %s',
    async (fault) => {
      linear.fail(fault);
      expect(await failureOf(tracker.item(KEY))).toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
    },
  );
});
