import { join } from 'node:path';
import { createMergeActivities } from '../../activities/merge.js';
import { createPullRequestActivities } from '../../activities/pull-request.js';
import { createDepot } from '../../adapters/depot/depot.js';
import { accessTo, createForges } from '../../adapters/forge/forges.js';
import { createGithub } from '../../adapters/forge/github.js';
import { loadConfig } from '../../temporal.config.js';
import { FakeGithub } from '../fakes/github.js';
import { ProviderProxy } from './provider-proxy.js';
import type { SetUp, SetUpOptions } from './providers.js';
import { effectsOf } from './watched-effects.js';

// The same effects at GitHub, as an App: check runs, drafts by its other API, and a merge that GitHub makes.

const { path } = loadConfig();
const BRANCH = 'signalbox/ENG-101';
const MISSION = 'mission/ENG-101';
/** Short enough for a test, long enough for a busy machine. */
const REQUEST_MS = 3_000;

export const GITHUB_SET_UPS = {
  'pull-request github': (options: SetUpOptions) => githubSetUp(options, 'pull-request'),
  'pull-request-edit github': (options: SetUpOptions) => githubSetUp(options, 'pull-request-edit'),
  'check github': (options: SetUpOptions) => githubSetUp(options, 'check'),
  'reply github': (options: SetUpOptions) => githubSetUp(options, 'reply'),
  'merge github': (options: SetUpOptions) => githubSetUp(options, 'merge'),
} as const;

type Kind = 'pull-request' | 'pull-request-edit' | 'check' | 'reply' | 'merge' | 'enqueue';

export async function githubSetUp(options: SetUpOptions, kind: Kind): Promise<SetUp> {
  const github = new FakeGithub({ directory: join(options.directory, 'github'), path });
  const { url } = await github.start();
  const { state } = github;
  const { repo } = state;
  const base = repo.commit('main', { 'README.md': 'Shop\n' }, 'Start');
  const head = repo.commit(BRANCH, { 'a.txt': 'a\n' }, 'Mend');
  const tree = repo.git('rev-parse', `${head}^{tree}`);
  const proxy = new ProviderProxy();
  await proxy.start(url);
  const host = createGithub({
    apiUrl: `${proxy.url}/api/v3`,
    app: github.app,
    token: undefined,
    timeoutMs: REQUEST_MS,
  });
  if (!host) throw new Error('there is an App to sign in as');
  const hosts = { github: host };
  const depot = createDepot({ directory: join(options.directory, 'depots'), path, access: accessTo(hosts) });
  const entry = { name: 'app', url: `${proxy.url}/acme/shop.git`, defaultBranch: 'main', project: 'acme/shop' };
  const forge = createForges({
    ...{ repos: [{ ...entry, forge: 'github' }], hosts, depotDirectory: depot.directory, path },
    timeoutsMs: { push: 3_000, ask: 3_000 },
  });
  const { entries, effects } = effectsOf(options);
  const pulls = createPullRequestActivities({ forge, depot, effects, runUrl: ({ runId }) => `${url}/${runId}` });
  const merges = createMergeActivities({ depot, forge, effects });
  const needsOne = kind !== 'pull-request' && kind !== 'check';
  const opening = { title: 'Mend', body: '', head: BRANCH, base: 'main', draft: false, author: 'signalbox[bot]' };
  const opened = needsOne ? state.open(opening) : undefined;
  const number = typeof opened === 'object' ? opened.number : 0;
  if (kind === 'merge') {
    for (const branch of ['main', BRANCH]) await depot.fetch(entry, branch);
    repo.close('main');
    state.rules.set('main', { pullsOnly: true, approvals: 0, checks: [], upToDate: true });
  }
  if (kind === 'enqueue')
    state.rules.set('main', { pullsOnly: true, approvals: 0, checks: [], upToDate: true, mergeQueue: true });
  state.ledger.length = 0;

  const change = { repo: 'app', branch: BRANCH, baseBranch: 'main', baseCommit: base, head, tree };
  const merge = { change, title: 'Mend', mission: MISSION, planVersion: 1, proof: 'f'.repeat(64), pullRequest: number };
  const set: Record<Kind, Written> = {
    'pull-request': {
      make: (text) =>
        pulls.openPullRequest({
          ...{ repo: 'app', branch: BRANCH, base: 'main', title: text, body: text, draft: true },
          effectKey: `${MISSION}/1/pull-request`,
        }),
      left: 'open',
      isWrite: ({ method, path: to }) => method === 'POST' && to.endsWith('/pulls'),
      isLook: ({ path: to }) => to.includes('/pulls?'),
      undo: () => void Object.assign(state.pull(1) ?? {}, { state: 'closed' }),
      fenced: true,
    },
    'pull-request-edit': {
      make: (text) =>
        pulls.editPullRequest({
          ...{ repo: 'app', number, version: 1, title: text, body: text, draft: false, labels: [], state: 'open' },
          effectKey: `${MISSION}/1/pull-request-1`,
        }),
      left: 'edit',
      isWrite: ({ method }) => method === 'PATCH',
      isLook: ({ method, path: to }) => method === 'GET' && to.endsWith(`/pulls/${number}`),
      undo: () => void Object.assign(state.pull(number) ?? {}, { body: 'by a person' }),
      fenced: false,
    },
    check: {
      make: (text) =>
        pulls.reportCheck({
          ...{ repo: 'app', commit: head, name: 'unit', state: 'passed', title: 'Unit', summary: '', version: 1 },
          actions: [{ id: 'again', label: 'Again', description: text }],
          ...{ mission: MISSION, effectKey: `${MISSION}/1/check-1` },
        }),
      left: 'unit success',
      isWrite: ({ method, path: to }) => method === 'POST' && to.endsWith('/check-runs'),
      isLook: ({ method, path: to }) => method === 'GET' && to.includes('/check-runs'),
      undo: () => {
        state.checks.length = 0;
      },
      fenced: false,
    },
    reply: {
      make: (text) =>
        pulls.replyOnPullRequest({
          ...{ repo: 'app', number, inReplyTo: null, body: text, effectKey: `${MISSION}/1/reply-1` },
        }),
      left: 'remark',
      isWrite: ({ method, path: to }) => method === 'POST' && to.endsWith('/comments'),
      isLook: ({ method, path: to }) => method === 'GET' && to.includes(`/issues/${number}/comments`),
      undo: () => {
        state.remarks.length = 0;
      },
      fenced: false,
    },
    enqueue: {
      make: (text) =>
        pulls.enqueuePullRequest({
          ...{ repo: 'app', number, head: text === 'Planned' ? head : base, effectKey: `${MISSION}/1/enqueue-1` },
        }),
      left: 'enqueue',
      isWrite: ({ body }) => body.includes('SignalboxEnqueue'),
      isLook: ({ body }) => body.includes('SignalboxQueue'),
      undo: () => {
        state.queue.length = 0;
      },
      fenced: true,
    },
    merge: {
      make: () => merges.mergeChange({ ...merge, time: 1_790_000_100 }),
      left: 'merge',
      isWrite: ({ method, path: to }) => method === 'PUT' && to.endsWith('/merge'),
      isLook: ({ path: to }) => to.includes('git-upload-pack'),
      undo: () => {
        repo.git('update-ref', 'refs/heads/main', base);
        Object.assign(state.pulls[0] ?? {}, { state: 'open', merged: undefined });
      },
      fenced: true,
    },
  };
  const { make, left, isWrite, isLook, undo, fenced } = set[kind];
  return {
    make: () => make('Planned'),
    makeOther: () => make('Planned otherwise'),
    record: () => [...state.ledger],
    ...{ left, isWrite, isLook, undo, fenced, proxy, entries },
    close: async () => {
      await proxy.close();
      await github.close();
    },
  };
}

interface Written extends Pick<SetUp, 'left' | 'isWrite' | 'isLook' | 'fenced'> {
  readonly make: (text: string) => Promise<unknown>;
  readonly undo: () => void;
}
