import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Tracker } from '../../activities/ports.js';
import type { TrackerWrites } from '../../activities/ports-effects.js';
import { FakeLinear } from '../../test/fakes/linear.js';
import { person } from '../../test/fakes/linear-workspace.js';
import { createLinearTracker } from './linear.js';
import { effectId } from './linear-effects.js';

const KEY = 'ENG-101';

let linear: FakeLinear;
let tracker: Tracker & TrackerWrites;

beforeEach(async () => {
  linear = new FakeLinear();
  await linear.start();
  linear.addIssue({ key: KEY, title: 'Totals are wrong', description: 'Off by one cent', project: 'Billing' });
  tracker = createLinearTracker({ apiKey: linear.apiKey, apiUrl: linear.apiUrl, timeoutMs: 1_500 });
});
afterEach(() => linear.close());

const comment = { item: KEY, body: 'Hello', effectKey: 'mission/ENG-101/asked' };
const watch = { signal: new AbortController().signal };

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const failure = await call.catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(failure)}`);
  return failure;
}

describe('a comment in Linear', () => {
  it('has the id of its effect key, which Linear takes once only', async () => {
    const both = await Promise.all([tracker.comments.act(comment, watch), tracker.comments.act(comment, watch)]);
    const trace = effectId(comment.effectKey);
    expect(both).toEqual(
      expect.arrayContaining([
        { trace, already: false },
        { trace, already: true },
      ]),
    );
    expect(linear.ledger).toEqual([{ effect: 'commentCreate', issue: KEY, key: trace }]);
    expect(await tracker.comments.look(comment, watch)).toEqual({ trace });
  });

  it('is another one under another effect key, whatever it says', async () => {
    await tracker.comments.act(comment, watch);
    await tracker.comments.act({ ...comment, effectKey: 'mission/ENG-101/done' }, watch);
    expect(linear.ledger).toHaveLength(2);
  });
});

describe('an issue that work begins on', () => {
  const started = { item: KEY, state: 'started', effectKey: 'mission/ENG-101/started' } as const;

  it('is delegated to us where we are an app, also when it is in that state already', async () => {
    linear.workspace.viewer = { id: 'app-1', name: 'signalbox', app: true };
    await tracker.states.act(started, watch);
    expect(linear.workspace.issue(KEY)).toMatchObject({ delegate: { id: 'app-1' }, state: { name: 'In Progress' } });
    expect(await tracker.states.look(started, watch)).toEqual({ trace: 'started' });
    expect(linear.ledger.map(({ key }) => key)).toEqual(['delegate', 'In Progress']);
    delete linear.workspace.issue(KEY).delegate;
    expect(await tracker.states.look(started, watch)).toMatchObject({ absent: true });
    await tracker.states.act(started, watch);
    expect(linear.ledger.at(-1)?.key).toBe('delegate');
  });

  it('stays the delegate of whom people gave it to, and is no delegate of a person', async () => {
    await tracker.states.act(started, watch);
    expect(linear.workspace.issue(KEY).delegate).toBeUndefined();
    linear.workspace.viewer = { id: 'app-1', name: 'signalbox', app: true };
    linear.workspace.issue(KEY).delegate = { id: 'app-2', name: 'other', app: true };
    expect(await tracker.states.look(started, watch)).toEqual({ trace: 'started' });
  });
});

describe('an item of Linear', () => {
  it('has its pictures: those of its text and those attached, from where Linear keeps them and nowhere else', async () => {
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('pixels')]);
    const origin = new URL(linear.apiUrl).origin;
    linear.uploads.set('/up/1', png);
    linear.uploads.set('/up/2', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    linear.uploads.set('/up/3', Buffer.from('<html>'));
    const elsewhere = new FakeLinear();
    const { url } = await elsewhere.start();
    elsewhere.uploads.set('/up/1', png);
    const description = `![Sketch](${origin}/up/1) ![x](${url}/up/1) ![y](${origin}/up/3) ![z](http://[::1]/a.png)`;
    const issue = linear.addIssue({ key: 'ENG-102', title: 'Totals', description });
    issue.attachments.push({ title: 'logo.svg', url: `${origin}/up/2` }, { title: 'A page', url: `${origin}/up/1` });
    const kept: string[] = [];
    const keep = async (content: Buffer, mediaType: string) => {
      kept.push(mediaType);
      return { sha256: 'a'.repeat(64), bytes: content.length, mediaType };
    };
    const keeping = createLinearTracker({ apiKey: linear.apiKey, apiUrl: linear.apiUrl, keep });
    const expected = ['Sketch', 'logo.svg'];
    expect((await keeping.item('ENG-102'))?.attachments?.map(({ name }) => name)).toEqual(expected);
    expect((await keeping.item('ENG-102'))?.attachments?.map(({ name }) => name)).toEqual(expected);
    expect(kept.toSorted()).toEqual(['image/png', 'image/svg+xml']);
    await elsewhere.close();
  });

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
    await tracker.comments.act(comment, watch);
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

describe('a sweep of Linear', () => {
  it('finds what carries the label, however it is capitalised, and is not done, page by page', async () => {
    for (const n of [1, 2, 3, 4, 5]) {
      linear.addIssue({ key: `OPS-${n}`, title: 'x', description: 'y', labels: n === 2 ? ['bug'] : ['Signalbox'] });
    }
    linear.workspace.move(linear.workspace.issue('OPS-3'), 'Done', person('ada'));
    const found = await tracker.labelled('signalbox');
    expect(found.map(({ key }) => key)).toEqual(['OPS-1', 'OPS-4', 'OPS-5']);
    expect(Date.parse(found[0]?.changedAt ?? '')).not.toBeNaN();
  });
});

describe('the state of an item', () => {
  const started = { item: KEY, state: 'started', effectKey: 'a' } as const;
  const move = (name: string, by = person('ada')) => linear.workspace.move(linear.workspace.issue(KEY), name, by);

  it('goes to the first started state, and stays when it is a later one already', async () => {
    await tracker.states.act(started, watch);
    expect(linear.workspace.issue(KEY).state.name).toBe('In Progress');
    move('In Review');
    expect(await tracker.states.look(started, watch)).toEqual({ trace: 'started' });
    expect(await tracker.states.act(started, watch)).toEqual({ trace: 'started', already: true });
  });

  it('is completed from where it is worked on, and then no more', async () => {
    await tracker.states.act(started, watch);
    const completed = { item: KEY, state: 'completed', effectKey: 'c' } as const;
    expect(await tracker.states.look(completed, watch)).toMatchObject({ absent: true });
    expect(await tracker.states.act(completed, watch)).toMatchObject({ already: false });
    expect(linear.workspace.issue(KEY).state.name).toBe('Done');
    expect(await tracker.states.act(completed, watch)).toMatchObject({ already: true });
  });

  it('goes back to where work waits when a mission stops', async () => {
    await tracker.states.act(started, watch);
    const stopped = { item: KEY, state: 'stopped', effectKey: 'b' } as const;
    expect(await tracker.states.act(stopped, watch)).toMatchObject({ already: false });
    expect(linear.workspace.issue(KEY).state.name).toBe('Todo');
  });

  it('counts as set when we have set it since, also after a person has moved on', async () => {
    const before = await tracker.states.look(started, watch);
    const mark = 'mark' in before ? before.mark : undefined;
    await tracker.states.act(started, watch);
    move('Backlog');
    expect(await tracker.states.look(started, { ...watch, mark: mark ?? '' })).toEqual({ trace: 'started' });
  });

  it('does not count as set when we had set it before, or a person has since', async () => {
    await tracker.states.act(started, watch);
    move('Backlog');
    const before = await tracker.states.look(started, watch);
    const mark = 'mark' in before ? (before.mark ?? '') : '';
    move('In Progress');
    move('Backlog');
    expect(await tracker.states.look(started, { ...watch, mark })).toMatchObject({ absent: true });
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
    const failure = await failureOf(tracker.comments.act({ ...comment, item: 'ENG-999' }, watch));
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
