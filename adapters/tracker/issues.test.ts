import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Tracker } from '../../activities/ports.js';
import type { TrackerWrites } from '../../activities/ports-effects.js';
import { markComment } from '../../schemas/comment-marker.js';
import { issueKey, issueOf } from '../../schemas/issue-key.js';
import { account, FakeForgeIssues, type StoredForgeIssue } from '../../test/fakes/forge-issues.js';
import { createIssueTracker } from './issues.js';
import { WORKING } from './issues-effects.js';

const PROJECT = 'acme/parcels.api';
const watch = { signal: new AbortController().signal };

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const failure = await call.catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(failure)}`);
  return failure;
}

it('finds the project of a key among those that are known, however they are spelt', () => {
  const projects = ['acme/parcels', 'acme/parcels-2', 'a.b/c'];
  for (const project of projects) expect(issueOf(issueKey(project, 7), projects)).toEqual({ project, number: 7 });
  expect(issueOf('acme.other-7', projects)).toBeUndefined();
  expect(issueOf('ENG-101', projects)).toBeUndefined();
});

describe('issues of GitHub as tickets', () => {
  const github = new FakeForgeIssues();
  let tracker: Tracker & TrackerWrites;
  let issue: StoredForgeIssue;
  let key = '';
  let number = 0;

  beforeAll(async () => {
    const { url } = await github.start();
    const projects = new Map([[PROJECT, 'parcels']]);
    tracker = createIssueTracker({ flavour: 'github', apiUrl: url, token: github.token, projects, timeoutMs: 2_000 });
  });
  afterAll(() => github.close());
  beforeEach(() => {
    number += 1;
    issue = github.addIssue(PROJECT, { number, labels: ['bug'] });
    key = issueKey(PROJECT, number);
    github.ledger.length = 0;
  });

  const comment = (part = 'asked') => ({ item: key, body: 'Which?', effectKey: `mission/${key}/${part}` });
  const state = (to: 'started' | 'completed' | 'stopped') => ({ item: key, state: to, effectKey: to });

  it('are read with their repo, labels and comments', async () => {
    github.comment(issue, 'It happens in March', 'bob');
    expect(await tracker.item(key)).toEqual({
      key,
      source: { kind: 'github', id: String(issue.id), url: issue.html_url },
      title: 'Totals are wrong',
      text: 'Off by one cent',
      labels: ['bug'],
      team: 'acme',
      project: PROJECT,
      repo: 'parcels',
      // As people.yaml and the doors know them: by the number of the account.
      reporter: { id: String(account('ada').id), name: 'ada' },
      comments: [
        {
          id: expect.any(String),
          text: 'It happens in March',
          author: { id: String(account('bob').id), name: 'bob' },
          ours: false,
        },
      ],
    });
  });

  it('come with the pictures of their text, from where the forge keeps uploads and nowhere else', async () => {
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('pixels')]);
    github.uploads.set('/storage/1', png);
    const elsewhere = new FakeForgeIssues();
    const { url } = await elsewhere.start();
    elsewhere.uploads.set('/storage/1', png);
    const asked: string[] = [];
    elsewhere.onRequest = (path) => asked.push(path);
    const pictures = [
      `<img width="10" alt="Sketch &quot;1&quot;" src="${github.url}/storage/1?jwt=a&amp;b=c">`,
      `<img alt="elsewhere" src="${url}/storage/1"><img alt="none" src="${github.url}/storage/2">`,
      '<img src="http://169.254.169.254/latest/meta-data/a.png"><img src="file:///etc/passwd">',
    ];
    const drawn = github.addIssue(PROJECT, { number: 900, body_html: pictures.join('\n') });
    const kept: Buffer[] = [];
    const keep = async (content: Buffer, mediaType: string) => {
      kept.push(content);
      return { sha256: 'a'.repeat(64), bytes: content.length, mediaType };
    };
    const projects = new Map([[PROJECT, 'parcels']]);
    const keeping = createIssueTracker({
      ...{ flavour: 'github', apiUrl: github.url, token: github.token, projects, keep },
    });
    const read = await keeping.item(issueKey(PROJECT, drawn.number));
    expect(read?.attachments).toMatchObject([{ name: 'Sketch "1"', blob: { mediaType: 'image/png' } }]);
    expect([kept, asked]).toEqual([[png], []]);
    await elsewhere.close();
  });

  it('are none where there is none, or a pull request', async () => {
    expect(await tracker.item(issueKey(PROJECT, 999))).toBeUndefined();
    github.addIssue(PROJECT, { number: 998, pull_request: {} });
    expect(await tracker.item(issueKey(PROJECT, 998))).toBeUndefined();
  });

  it('are not read from a project that is not configured', async () => {
    expect(await failureOf(tracker.item('other.repo-1'))).toMatchObject({ type: 'ItemNotFound', nonRetryable: true });
  });

  it('have our comments once each, known by marker and author', async () => {
    expect(await tracker.comments.look(comment(), watch)).toEqual({ absent: true });
    await tracker.comments.act(comment(), watch);
    github.comment(issue, markComment('not ours', comment('done').effectKey), 'mallory');
    for (let later = 0; later < 120; later++) github.comment(issue, String(later), 'bob');
    expect(await tracker.comments.act(comment(), watch)).toMatchObject({ already: true });
    expect(await tracker.comments.look(comment('done'), watch)).toEqual({ absent: true });
    await tracker.comments.act(comment('done'), watch);
    const read = await tracker.item(key);
    expect(read?.comments.filter(({ ours }) => ours)).toHaveLength(1);
    expect(github.ledger).toEqual(['comment', 'comment']);
  });

  it('carry a label while they are worked on, and are closed when that is done', async () => {
    expect(await tracker.states.act(state('started'), watch)).toEqual({ trace: 'started', already: false });
    expect(issue.labels).toEqual(['bug', WORKING]);
    await tracker.states.act(state('completed'), watch);
    expect(issue).toMatchObject({ labels: ['bug'], state: 'closed' });
    expect(await tracker.states.act(state('completed'), watch)).toMatchObject({ already: true });
  });

  it('stay open when a mission stops, without the label', async () => {
    await tracker.states.act(state('started'), watch);
    await tracker.states.act(state('stopped'), watch);
    expect(issue).toMatchObject({ labels: ['bug'], state: 'open' });
  });

  it('count as marked when we did it since, also after a person has undone it, and not by what others did', async () => {
    const before = await tracker.states.look(state('started'), watch);
    const mark = 'mark' in before ? (before.mark ?? '') : '';
    github.label(issue, WORKING, { on: true, by: 'bob' });
    github.label(issue, WORKING, { on: false, by: 'bob' });
    expect(await tracker.states.look(state('started'), { ...watch, mark })).toMatchObject({ absent: true });
    await tracker.states.act(state('started'), watch);
    github.label(issue, WORKING, { on: false, by: 'bob' });
    expect(await tracker.states.look(state('started'), { ...watch, mark })).toEqual({ trace: 'started' });
  });

  it('are found by a label, over all pages, without pull requests', async () => {
    const found = Array.from({ length: 103 }, (_, index) =>
      github.addIssue('acme/many', { number: index + 1, labels: ['go'] }),
    );
    github.addIssue('acme/many', { number: 500, labels: ['go'], pull_request: {} });
    github.addIssue('acme/many', { number: 501, labels: ['go'], state: 'closed' });
    const projects = new Map([['acme/many', 'many']]);
    const many = createIssueTracker({ flavour: 'github', apiUrl: github.url, token: github.token, projects });
    expect((await many.labelled('go')).map((item) => item.key)).toEqual(
      found.map((one) => issueKey('acme/many', one.number)),
    );
  });

  it.each([
    [401, {}, { type: 'Unauthorized', nonRetryable: true }],
    [403, {}, { type: 'Unauthorized', nonRetryable: true }],
    [403, { 'retry-after': '7' }, { type: 'RateLimited', nextRetryDelay: 7_000 }],
    [429, { 'retry-after': '9' }, { type: 'RateLimited', nextRetryDelay: 9_000 }],
    [502, {}, { type: 'VendorUnavailable', nonRetryable: false }],
  ] as const)('answer %s %j with the failure that says what can be done', async (status, headers, failure) => {
    github.fail(status, headers);
    expect(await failureOf(tracker.item(key))).toMatchObject(failure);
  });
});
