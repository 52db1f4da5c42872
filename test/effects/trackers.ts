import { createTrackerActivities } from '../../activities/tracker.js';
import { createIssueTracker } from '../../adapters/tracker/issues.js';
import { WORKING } from '../../adapters/tracker/issues-effects.js';
import { createJiraTracker } from '../../adapters/tracker/jira.js';
import { issueKey } from '../../schemas/issue-key.js';
import { FakeForgeIssues } from '../fakes/forge-issues.js';
import { FakeJira } from '../fakes/jira.js';
import { jiraPerson } from '../fakes/jira-site.js';
import { ProviderProxy } from './provider-proxy.js';
import { ITEM, type SetUp, type SetUpOptions } from './providers.js';
import { effectsOf } from './watched-effects.js';

// More providers of the effects on tickets than the one of the kind's own set-up.

/** Short enough for a test: a write may take three of these. */
const REQUEST_MS = 2_000;

export const TRACKER_SET_UPS = {
  'comment in Jira Cloud': (options: SetUpOptions) => jiraSetUp(options, 'comment', true),
  'state in Jira Data Center': (options: SetUpOptions) => jiraSetUp(options, 'state', false),
  'comment in GitHub': (options: SetUpOptions) => githubSetUp(options, 'comment'),
  'state in GitHub': (options: SetUpOptions) => githubSetUp(options, 'state'),
};

async function jiraSetUp(options: SetUpOptions, kind: 'comment' | 'state', cloud: boolean): Promise<SetUp> {
  const jira = new FakeJira({ cloud });
  const { url } = await jira.start();
  const issue = jira.site.addIssue({ key: ITEM, summary: 'Totals are wrong' });
  const proxy = new ProviderProxy();
  await proxy.start(url);
  const tracker = createJiraTracker({
    ...{ baseUrl: proxy.url, token: jira.token, timeoutMs: REQUEST_MS, flavour: cloud ? 'cloud' : 'data-center' },
    ...(cloud && { email: jira.email }),
  });
  const { entries, effects } = effectsOf(options);
  const activities = createTrackerActivities({ trackers: { jira: tracker }, effects });
  const at = { source: 'jira', item: ITEM } as const;
  return {
    make: () =>
      kind === 'comment'
        ? activities.comment({ ...at, body: '**Planned**', effectKey: 'mission/ENG-101/1/start' })
        : activities.setState({ ...at, state: 'started', effectKey: 'mission/ENG-101/1/state' }),
    record: () => jira.site.ledger.map(({ effect, key }) => (effect === 'comment' ? effect : `${effect} ${key}`)),
    left: kind === 'comment' ? 'comment' : 'transition In Arbeit',
    isWrite: ({ method }) => method === 'POST',
    isLook: ({ method }) => method === 'GET',
    undo: () => {
      if (kind === 'comment') issue.comments.length = 0;
      else jira.site.move(ITEM, '1', jiraPerson('ada'));
    },
    ...{ proxy, entries },
    // Jira takes any comment and any transition at any time.
    fenced: false,
    close: async () => {
      await proxy.close();
      await jira.close();
    },
  };
}

async function githubSetUp(options: SetUpOptions, kind: 'comment' | 'state'): Promise<SetUp> {
  const github = new FakeForgeIssues();
  const { url } = await github.start();
  const issue = github.addIssue('acme/parcels', { number: 7 });
  const proxy = new ProviderProxy();
  await proxy.start(url);
  const tracker = createIssueTracker({
    ...{ flavour: 'github', apiUrl: proxy.url, token: github.token, timeoutMs: REQUEST_MS },
    projects: new Map([['acme/parcels', 'parcels']]),
  });
  const { entries, effects } = effectsOf(options);
  const activities = createTrackerActivities({ trackers: { github: tracker }, effects });
  const at = { source: 'github', item: issueKey('acme/parcels', 7) } as const;
  return {
    make: () =>
      kind === 'comment'
        ? activities.comment({ ...at, body: '**Planned**', effectKey: 'mission/7/1/start' })
        : activities.setState({ ...at, state: 'started', effectKey: 'mission/7/1/state' }),
    record: () => github.ledger,
    left: kind === 'comment' ? 'comment' : `label ${WORKING}`,
    isWrite: ({ method }) => method === 'POST',
    isLook: ({ method }) => method === 'GET',
    undo: () => {
      if (kind === 'comment') issue.comments.length = 0;
      else github.label(issue, WORKING, { on: false, by: 'ada' });
    },
    ...{ proxy, entries },
    fenced: false,
    close: async () => {
      await proxy.close();
      await github.close();
    },
  };
}
