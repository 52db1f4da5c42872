import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Tracker } from '../../activities/ports.js';
import type { TrackerWrites } from '../../activities/ports-effects.js';
import { markComment } from '../../schemas/comment-marker.js';
import { FakeJira } from '../../test/fakes/jira.js';
import { jiraPerson } from '../../test/fakes/jira-site.js';
import { createImageKeeper } from './images.js';
import { createJiraTracker } from './jira.js';
import { flavourOf } from './jira-wire.js';
import { toAdf } from './markdown.js';

const watch = { signal: new AbortController().signal };

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const failure = await call.catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(failure)}`);
  return failure;
}

it('is Cloud at Atlassian, and somebody`s own server elsewhere', () => {
  expect(
    ['https://acme.atlassian.net', 'https://jira.acme.com/x', 'https://atlassian.net.evil.com'].map(flavourOf),
  ).toEqual(['cloud', 'data-center', 'data-center']);
});

describe.each(['cloud', 'data-center'] as const)('Jira as tracker, %s', (flavour) => {
  const cloud = flavour === 'cloud';
  const jira = new FakeJira({ cloud });
  const text = (markdown: string) => (cloud ? toAdf(markdown) : markdown);
  let tracker: Tracker & TrackerWrites;
  let key = '';
  let n = 100;

  beforeAll(async () => {
    await jira.start();
    const { url: baseUrl, token } = jira;
    tracker = createJiraTracker({ baseUrl, token, flavour, timeoutMs: 2_000, ...(cloud && { email: jira.email }) });
  });
  afterAll(() => jira.close());
  beforeEach(() => {
    key = `PAY-${++n}`;
    jira.site.addIssue({ key, summary: 'Totals are wrong', description: text('Off by one cent') });
    jira.site.ledger.length = 0;
  });

  const comment = (part = 'asked') => ({ item: key, body: '**Which** repo?', effectKey: `mission/${key}/${part}` });
  const state = (to: 'started' | 'completed' | 'stopped') => ({ item: key, state: to, effectKey: to });

  it('reads an item with all that routing and triage need', async () => {
    jira.site.issue(key).labels = ['signalbox'];
    jira.site.addComment(key, text('It happens in March'), jiraPerson('ada'));
    expect(await tracker.item(key)).toEqual({
      key,
      source: { kind: 'jira', id: jira.site.issue(key).id, url: `${jira.url}/browse/${key}` },
      title: 'Totals are wrong',
      text: 'Off by one cent',
      labels: ['signalbox'],
      team: 'PAY',
      project: 'Project PAY',
      reporter: { id: 'account-reporter', name: 'reporter' },
      comments: [
        {
          id: expect.any(String),
          text: 'It happens in March',
          author: { id: 'account-ada', name: 'ada' },
          ours: false,
        },
      ],
    });
  });

  it('keeps pictures that are some by their content, from its own host, and of a bearable size', async () => {
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('pixels')]);
    const svg = Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>');
    const page = Buffer.from('<html><script>alert(1)</script></html>');
    const attached = (filename: string, content: Buffer) => ({
      ...{ id: `a${n}${filename.replace(/\W/g, '')}`, filename, content, type: 'image/png' },
    });
    jira.site
      .issue(key)
      .attachments.push(
        ...[attached('sketch.png', png), attached('logo.svg', svg), attached('evil.png', page)],
        ...[attached('notes.txt', png), attached('huge.png', Buffer.concat([png, Buffer.alloc(6 * 1024 * 1024)]))],
      );
    const kept = new Map<string, Buffer>();
    const { url: baseUrl, token } = jira;
    const keeping = createJiraTracker({
      ...{ baseUrl, token, flavour, ...(cloud && { email: jira.email }) },
      keep: async (content, mediaType) => {
        const sha256 = createHash('sha256').update(content).digest('hex');
        kept.set(sha256, content);
        return { sha256, bytes: content.length, mediaType };
      },
    });
    const { attachments = [] } = (await keeping.item(key)) ?? {};
    expect(attachments.map(({ name, blob }) => [name, blob.mediaType])).toEqual([
      ['sketch.png', 'image/png'],
      ['logo.svg', 'image/svg+xml'],
    ]);
    expect([...kept.values()]).toEqual([png, svg]);
    const authorization = cloud
      ? `Basic ${Buffer.from(`${jira.email}:${token}`).toString('base64')}`
      : `Bearer ${token}`;
    const keep = async () => ({ sha256: 'a'.repeat(64), bytes: 1, mediaType: 'image/png' });
    const from = (origin: string) =>
      createImageKeeper({ timeoutMs: 2_000, keep })(
        [{ name: 'a.png', url: `${jira.url}/attachment/a${n}sketchpng` }],
        (url) => (url.origin === origin ? { authorization } : undefined),
      );
    expect(await from(jira.url)).toHaveLength(1);
    expect(await from('https://elsewhere.example')).toEqual([]);
  });

  it('has no item where Jira has none', async () => {
    expect(await tracker.item('PAY-9')).toBeUndefined();
  });

  it('knows its own comments, oldest first, by marker and author', async () => {
    await tracker.comments.act(comment(), watch);
    jira.site.addComment(key, text(markComment('not ours', 'mission/x')), jiraPerson('mallory'));
    jira.site.addComment(key, text('ours, without a marker'), jira.site.self);
    const read = await tracker.item(key);
    expect(read?.comments.map(({ ours }) => ours)).toEqual([true, false, false]);
    expect(read?.comments[0]?.text).toBe(markComment('**Which** repo?', comment().effectKey));
  });

  it('finds the comment of an earlier attempt, also under a hundred later ones, and makes no second one', async () => {
    jira.site.addComment(key, text(markComment('forged', comment().effectKey)), jiraPerson('mallory'));
    expect(await tracker.comments.look(comment(), watch)).toEqual({ absent: true });
    const made = await tracker.comments.act(comment(), watch);
    for (let later = 0; later < 120; later++) jira.site.addComment(key, text(`${later}`), jiraPerson('ada'));
    expect(await tracker.comments.look(comment(), watch)).toEqual({ trace: 'trace' in made ? made.trace : '' });
    expect(await tracker.comments.act(comment(), watch)).toMatchObject({ already: true });
    expect(await tracker.comments.act(comment('done'), watch)).toMatchObject({ already: false });
    expect(jira.site.ledger).toHaveLength(2);
  });

  it('moves an item by the category of a status, and stays in a later one of the same category', async () => {
    expect(await tracker.states.act(state('started'), watch)).toEqual({ trace: 'started', already: false });
    expect(jira.site.issue(key).status.name).toBe('In Arbeit');
    jira.site.move(key, '3', jiraPerson('ada'));
    expect(await tracker.states.act(state('started'), watch)).toEqual({ trace: 'started', already: true });
    await tracker.states.act(state('completed'), watch);
    expect(jira.site.issue(key).status.name).toBe('Fertig');
    await tracker.states.act(state('stopped'), watch);
    expect(jira.site.issue(key).status.name).toBe('Offen');
  });

  it('leaves an item where it is when its workflow has no such way, and asks for no other field', async () => {
    const before = jira.site.transitions;
    jira.site.transitions = before.filter(({ requires, to }) => requires !== undefined || to === '4');
    expect(await tracker.states.act(state('started'), watch)).toEqual({ moved: expect.stringContaining('Offen') });
    expect(await tracker.states.act(state('completed'), watch)).toEqual({ moved: expect.stringContaining('Offen') });
    jira.site.transitions = before;
    expect(jira.site.ledger).toEqual([]);
  });

  it('counts a move of its own since the first look, also after a person has moved on', async () => {
    const before = await tracker.states.look(state('started'), watch);
    const mark = 'mark' in before ? (before.mark ?? '') : '';
    jira.site.move(key, '2', jiraPerson('ada'));
    jira.site.move(key, '1', jiraPerson('ada'));
    expect(await tracker.states.look(state('started'), { ...watch, mark })).toMatchObject({ absent: true });
    await tracker.states.act(state('started'), watch);
    jira.site.move(key, '1', jiraPerson('ada'));
    expect(await tracker.states.look(state('started'), { ...watch, mark })).toEqual({ trace: 'started' });
  });

  it('does not count a move of its own that was before the first look', async () => {
    await tracker.states.act(state('started'), watch);
    jira.site.move(key, '1', jiraPerson('ada'));
    const before = await tracker.states.look(state('started'), watch);
    const mark = 'mark' in before ? (before.mark ?? '') : '';
    expect(await tracker.states.look(state('started'), { ...watch, mark })).toMatchObject({ absent: true });
  });

  it('finds what carries the label and is not done, page by page', async () => {
    const made = ['a', 'b', 'c', 'd', 'e'].map((_, index) => `SWEEP-${n}${index}`);
    for (const one of made) jira.site.addIssue({ key: one, summary: one, labels: [`l${n}`] });
    jira.site.move(made[1] ?? '', '5', jiraPerson('ada'));
    const found = await tracker.labelled(`l${n}`);
    expect(found.map((item) => item.key)).toEqual(made.filter((_, index) => index !== 1));
  });

  it.each([
    [401, {}, { type: 'Unauthorized', nonRetryable: true }],
    [403, {}, { type: 'Unauthorized', nonRetryable: true }],
    [400, {}, { type: 'BadInput', nonRetryable: true }],
    [429, { 'retry-after': '7' }, { type: 'RateLimited', nonRetryable: false, nextRetryDelay: 7_000 }],
    [503, {}, { type: 'VendorUnavailable', nonRetryable: false }],
  ] as const)('answers %s with the failure that says what can be done', async (status, headers, failure) => {
    jira.fail(status, headers);
    expect(await failureOf(tracker.item(key))).toMatchObject(failure);
  });

  it('says which item to write to is not there, and never shows its token', async () => {
    const failure = await failureOf(tracker.comments.act({ ...comment(), item: 'PAY-9' }, watch));
    expect(failure).toMatchObject({ type: 'ItemNotFound', nonRetryable: true });
    const stranger = createJiraTracker({ baseUrl: jira.url, token: 'other-secret', flavour });
    const refused = await failureOf(stranger.item(key));
    expect(refused.message).toContain('JIRA_API_TOKEN');
    expect(refused.message).not.toContain('other-secret');
  });

  it('does not follow a redirect with its token', async () => {
    jira.fail(302, { location: 'http://127.0.0.1:1/' });
    expect(await failureOf(tracker.item(key))).toMatchObject({ type: 'VendorUnavailable' });
  });

  it('has keys with a prefix where another tracker has keys of the same shape', async () => {
    const { url: baseUrl, token } = jira;
    const prefixed = createJiraTracker({
      baseUrl,
      token,
      flavour,
      prefix: 'jira.',
      ...(cloud && { email: jira.email }),
    });
    expect((await prefixed.item(`jira.${key}`))?.key).toBe(`jira.${key}`);
    await prefixed.states.act({ ...state('started'), item: `jira.${key}` }, watch);
    expect(jira.site.issue(key).status.name).toBe('In Arbeit');
  });
});
