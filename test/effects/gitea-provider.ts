import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { createPullRequestActivities } from '../../activities/pull-request.js';
import { createForges } from '../../adapters/forge/forges.js';
import { createGitea } from '../../adapters/forge/gitea.js';
import { loadConfig } from '../../temporal.config.js';
import { RealGitea } from '../real/gitea.js';
import { ProviderProxy } from './provider-proxy.js';
import type { SetUp, SetUpOptions } from './providers.js';
import { effectsOf } from './watched-effects.js';

// The set-ups of what is written on pull requests: against a real Gitea, one for all tests of a file.

/** Of one request; short enough for a test, long enough for a busy machine. */
const REQUEST_MS = 4_000;
const MISSION = 'mission/ENG-101';
const { path } = loadConfig();

interface Shared {
  readonly gitea: RealGitea;
  /** The account that Signalbox writes as. */
  readonly us: Awaited<ReturnType<RealGitea['addUser']>>;
  readonly project: string;
  /** Head of `main`. */
  readonly commit: string;
}

let shared: Promise<Shared> | undefined;
let branches = 0;

afterAll(async () => (await shared)?.gitea.stop());

async function share(): Promise<Shared> {
  const gitea = await RealGitea.start();
  const us = await gitea.addUser('signalbox');
  const project = await gitea.addRepo({ owner: us.name, name: 'app', files: { 'README.md': 'App\n' } });
  // Until Gitea has noticed the push, the first branch made by its API becomes the default one.
  while ((await gitea.api<{ empty: boolean }>('GET', `/repos/${project}`)).empty) await sleep(50);
  const { commit } = await gitea.api<{ commit: { id: string } }>('GET', `/repos/${project}/branches/main`);
  return { gitea, us, project, commit: commit.id };
}

export type PullRequestKind = 'pull-request' | 'pull-request-edit' | 'check' | 'reply';

export async function giteaSetUp(options: SetUpOptions, kind: PullRequestKind): Promise<SetUp> {
  shared ??= share();
  const { gitea, us, project, commit } = await shared;
  const branch = `signalbox/${kind}-${++branches}`;
  const api = <Answer>(method: string, at: string, body?: unknown) =>
    gitea.api<Answer>(method, `/repos/${project}${at}`, { body });
  const name = `signalbox/${branch}`;
  // Gitea makes a branch with the first file on it. A check needs none: it is one of a commit.
  const file = { new_branch: branch, branch: 'main', message: branch, content: 'bWVuZGVkCg==' };
  if (kind !== 'check') await api('POST', `/contents/${branches}.txt`, file);
  const needsOne = kind === 'pull-request-edit' || kind === 'reply';
  const open = { as: us, body: { title: 'Totals', head: branch, base: 'main' } };
  const number = needsOne ? (await gitea.api<{ number: number }>('POST', `/repos/${project}/pulls`, open)).number : 0;
  const proxy = new ProviderProxy();
  await proxy.start(gitea.url);
  const forge = createForges({
    repos: [{ name: 'app', url: `${gitea.url}/${project}.git`, defaultBranch: 'main', forge: 'gitea', project }],
    hosts: { gitea: createGitea({ url: proxy.url, token: us.token, timeoutMs: REQUEST_MS }) },
    ...{ depotDirectory: () => options.directory, path },
  });
  const { entries, effects } = effectsOf(options);
  const depot = { fetch: () => Promise.reject(new Error('not asked for')), treeOf: async () => '' };
  const activities = createPullRequestActivities({
    forge,
    depot,
    effects,
    runUrl: ({ runId }) => `${gitea.url}/${runId}`,
  });

  const set: Record<PullRequestKind, Written> = {
    'pull-request': {
      make: (text) =>
        activities.openPullRequest({
          ...{ repo: 'app', branch, base: 'main', title: text, body: text, draft: true },
          effectKey: `${MISSION}/1/pull-request`,
        }),
      isWrite: ({ method, path: to }) => method === 'POST' && to.endsWith('/pulls'),
      isLook: ({ method, path: to }) => method === 'GET' && to.includes(`/pulls/main/`),
      made: async () =>
        (await api<{ head: { ref: string } }[]>('GET', '/pulls?state=all&limit=50&sort=recentupdate')).filter(
          ({ head }) => head.ref === branch,
        ).length,
      undo: async () => {
        const { number: of } = await api<{ number: number }>('GET', `/pulls/main/${branch}`);
        await api('PATCH', `/pulls/${of}`, { state: 'closed' });
      },
      fenced: true,
    },
    'pull-request-edit': {
      make: (text) =>
        activities.editPullRequest({
          ...{ repo: 'app', number, version: 1, title: text, body: text, draft: false, labels: [], state: 'open' },
          effectKey: `${MISSION}/1/pull-request-1`,
        }),
      isWrite: ({ method }) => method === 'PATCH',
      isLook: ({ method, path: to }) => method === 'GET' && to.endsWith(`/pulls/${number}`),
      made: async () =>
        (await api<{ type: string }[]>('GET', `/issues/${number}/timeline`)).filter(
          ({ type }) => type === 'change_title',
        ).length,
      undo: () => api('PATCH', `/pulls/${number}`, { body: 'by a person' }),
      // It names the version of the text that it replaces.
      fenced: true,
    },
    check: {
      make: (text) =>
        activities.reportCheck({
          ...{ repo: 'app', commit, name, state: 'passed', title: text },
          ...{ summary: '', actions: [], mission: MISSION, version: 1, effectKey: `${MISSION}/1/check-1` },
        }),
      isWrite: ({ method }) => method === 'POST',
      isLook: ({ method, path: to }) => method === 'GET' && to.includes('/statuses'),
      made: async () => {
        const all = await api<{ status: string; context: string }[]>('GET', `/commits/${commit}/statuses?limit=50`);
        return all.filter(({ status, context }) => context === name && status === 'success').length;
      },
      undo: () => api('POST', `/statuses/${commit}`, { context: name, state: 'failure' }),
      fenced: false,
    },
    reply: {
      make: (text) =>
        activities.replyOnPullRequest({
          ...{ repo: 'app', number, inReplyTo: null, body: text, effectKey: `${MISSION}/1/reply-1` },
        }),
      isWrite: ({ method }) => method === 'POST',
      isLook: ({ method, path: to }) => method === 'GET' && to.includes('/comments'),
      made: async () => (await api<unknown[]>('GET', `/issues/${number}/comments`)).length,
      undo: async () => {
        const [made] = await api<{ id: number }[]>('GET', `/issues/${number}/comments`);
        await api('PATCH', `/issues/comments/${made?.id}`, { body: 'by a person' });
      },
      fenced: false,
    },
  };
  const { make, isWrite, isLook, made, undo, fenced } = set[kind];
  return {
    make: () => make('Planned'),
    makeOther: () => make('Planned otherwise'),
    record: async () => Array.from({ length: await made() }, () => kind),
    left: kind,
    ...{ isWrite, isLook, proxy, entries, fenced },
    undo: async () => {
      await undo();
    },
    close: () => proxy.close(),
  };
}

interface Written extends Pick<SetUp, 'isWrite' | 'isLook' | 'fenced'> {
  readonly make: (text: string) => Promise<unknown>;
  /** How often Gitea has it. */
  readonly made: () => Promise<number>;
  readonly undo: () => Promise<unknown>;
}
