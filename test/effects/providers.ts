import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EffectPorts } from '../../activities/effects.js';
import { createMergeActivities } from '../../activities/merge.js';
import type { EffectLedger } from '../../activities/ports-effects.js';
import { createTrackerActivities } from '../../activities/tracker.js';
import { createDepot } from '../../adapters/depot/depot.js';
import { createLocalForge } from '../../adapters/forge/local.js';
import { createLinearTracker } from '../../adapters/tracker/linear.js';
import type { EffectEntry, EffectKind } from '../../schemas/effect.js';
import { loadConfig } from '../../temporal.config.js';
import { GitHttp } from '../fakes/git-http.js';
import { FakeLinear } from '../fakes/linear.js';
import { person } from '../fakes/linear-workspace.js';
import { hasGitea } from '../real/describe-gitea.js';
import { giteaSetUp } from './gitea-provider.js';
import { githubSetUp } from './github-provider.js';
import { type Matches, ProviderProxy } from './provider-proxy.js';
import { slackSetUp } from './slack-provider.js';
import { effectsOf } from './watched-effects.js';

// One set-up per kind of effect: a real provider behind a proxy that makes faults. The oracle is the provider's own
// record of what was changed, and never what the code under test says.

export const ITEM = 'ENG-101';
const { path } = loadConfig();
/** Short enough for a test, long enough for git on a busy machine. */
const LINEAR_MS = 2_500;
const GIT_MS = { push: 4_000, ask: 4_000 };

export interface SetUp {
  /** The activity that makes the effect, always the same one. */
  readonly make: () => Promise<unknown>;
  /** The same key with another content, where a caller can ask for that. */
  readonly makeOther?: () => Promise<unknown>;
  /** What the provider has recorded, one line per change. */
  readonly record: () => readonly string[] | Promise<readonly string[]>;
  /** The line that one effect leaves. */
  readonly left: string;
  readonly isWrite: Matches;
  readonly isLook: Matches;
  /** Somebody else undoes the effect at the provider. */
  readonly undo: () => void | Promise<void>;
  readonly proxy: ProviderProxy;
  /** What went into the ledger of effects. */
  readonly entries: readonly EffectEntry[];
  /** Whether the provider itself refuses a write that comes a second time. */
  readonly fenced: boolean;
  readonly close: () => Promise<void>;
}

export interface SetUpOptions {
  readonly directory: string;
  readonly permitted?: EffectPorts['permitted'];
  /** Of the ledger of effects. */
  readonly wrap?: (ledger: EffectLedger) => EffectLedger;
}

/** A real Gitea, or where it can't be had the GitHub of the tests. */
const pullRequestSetUp = hasGitea ? giteaSetUp : githubSetUp;

export const SET_UPS: Readonly<Record<EffectKind, (options: SetUpOptions) => Promise<SetUp>>> = {
  push: (options) => gitSetUp(options, 'push'),
  merge: (options) => gitSetUp(options, 'merge'),
  comment: (options) => linearSetUp(options, 'comment'),
  state: (options) => linearSetUp(options, 'state'),
  speech: (options) => linearSetUp(options, 'speech'),
  message: (options) => slackSetUp(options, 'message'),
  'message-edit': (options) => slackSetUp(options, 'message-edit'),
  'pull-request': (options) => pullRequestSetUp(options, 'pull-request'),
  'pull-request-edit': (options) => pullRequestSetUp(options, 'pull-request-edit'),
  check: (options) => pullRequestSetUp(options, 'check'),
  reply: (options) => pullRequestSetUp(options, 'reply'),
  // Gitea has no such queue.
  enqueue: (options) => githubSetUp(options, 'enqueue'),
};

const WRITES = { comment: 'commentCreate', state: 'issueUpdate', speech: 'agentActivityCreate' } as const;

async function linearSetUp(options: SetUpOptions, kind: 'comment' | 'state' | 'speech'): Promise<SetUp> {
  const linear = new FakeLinear();
  const { url } = await linear.start();
  const issue = linear.addIssue({ key: ITEM, title: 'Totals are wrong', description: 'Off by one cent' });
  const proxy = new ProviderProxy();
  await proxy.start(url);
  const tracker = createLinearTracker({ apiKey: linear.apiKey, apiUrl: `${proxy.url}/graphql`, timeoutMs: LINEAR_MS });
  const { entries, effects } = effectsOf(options);
  const activities = createTrackerActivities({ trackers: { linear: tracker }, effects });
  linear.workspace.sessions.set('session-1', []);
  const write = WRITES[kind];
  const comment = (body: string) =>
    activities.comment({ source: 'linear', item: ITEM, body, effectKey: 'mission/ENG-101/1/start' });
  const setState = (state: 'started' | 'completed') =>
    activities.setState({ source: 'linear', item: ITEM, state, effectKey: 'mission/ENG-101/1/state' });
  const speak = (body: string) =>
    activities.speak({ source: 'linear', session: 'session-1', as: 'thought', body, effectKey: 'session/1/own-1' });
  return {
    make: () =>
      ({ comment: () => comment('Planned'), state: () => setState('started'), speech: () => speak('Reading') })[kind](),
    makeOther: () =>
      ({ comment: () => comment('Other'), state: () => setState('completed'), speech: () => speak('Other') })[kind](),
    record: () => linear.ledger.map(({ effect, key }) => (effect === 'issueUpdate' ? `${effect} ${key}` : effect)),
    left: kind === 'state' ? 'issueUpdate In Progress' : write,
    isWrite: ({ body }) => body.includes(write),
    isLook: ({ body }) => body.includes('query Signalbox'),
    undo: () => {
      if (kind === 'comment') issue.comments.length = 0;
      else if (kind === 'speech') linear.workspace.sessions.set('session-1', []);
      else linear.workspace.move(issue, 'Backlog', person('ada'));
    },
    ...{ proxy, entries },
    // Linear refuses an id that is taken; it takes any state at any time.
    fenced: kind !== 'state',
    close: async () => {
      await proxy.close();
      await linear.close();
    },
  };
}

async function gitSetUp(options: SetUpOptions, kind: 'push' | 'merge'): Promise<SetUp> {
  const { directory } = options;
  const bare = join(directory, 'forge', 'app.git');
  mkdirSync(bare, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: bare,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git('init', '--quiet', '--bare', '--initial-branch=main', '.');
  const emptyTree = git('hash-object', '-t', 'tree', '-w', '/dev/null');
  const base = git('commit-tree', emptyTree, '-m', 'start');
  git('update-ref', 'refs/heads/main', base);
  const log = join(directory, 'received');
  writeFileSync(log, '');
  // Git writes down here every change that a push has made.
  writeFileSync(join(bare, 'hooks', 'post-receive'), `#!/bin/sh\ncat >> '${log}'\n`, { mode: 0o755 });
  const server = new GitHttp({ directory: join(directory, 'forge'), path });
  const proxy = new ProviderProxy();
  await proxy.start((await server.start()).url);
  const depot = createDepot({ directory: join(directory, 'depots'), path });
  const repos = [{ name: 'app', url: `${proxy.url}/app.git`, defaultBranch: 'main' }];
  const forge = createLocalForge({ repos, depotDirectory: depot.directory, path, timeoutsMs: GIT_MS });
  const { entries, effects } = effectsOf(options);
  const activities = createMergeActivities({ depot, forge, effects });
  const { tree } = await depot.fetch(forge.location('app'), 'main');
  const head = (await depot.commit({ repo: 'app', tree, parents: [base], message: 'mend', time: 1_790_000_000 }))
    .commit;
  const change = { repo: 'app', branch: 'signalbox/ENG-101', baseBranch: 'main', baseCommit: base, head, tree };
  const ref = kind === 'push' ? change.branch : 'main';
  const merge = { change, title: 'Mend', mission: 'mission/ENG-101', planVersion: 1, proof: 'f'.repeat(64) };
  return {
    make: () =>
      kind === 'push'
        ? activities.pushBranch({ change, expected: null })
        : activities.mergeChange({ ...merge, time: 1_790_000_100 }),
    record: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.slice(line.lastIndexOf('/heads/') + 7)),
    left: ref,
    isWrite: ({ path, method }) => method === 'POST' && path.includes('git-receive-pack'),
    isLook: ({ path }) => path.includes('git-upload-pack'),
    undo: () => {
      if (kind === 'push') git('update-ref', '-d', `refs/heads/${ref}`);
      else git('update-ref', `refs/heads/${ref}`, base);
    },
    ...{ proxy, entries },
    // The push names the commit that it replaces.
    fenced: true,
    close: async () => {
      await proxy.close();
      await server.close();
    },
  };
}
