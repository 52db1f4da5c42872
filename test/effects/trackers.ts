import { createTrackerActivities } from '../../activities/tracker.js';
import { createJiraTracker } from '../../adapters/tracker/jira.js';
import { FakeJira } from '../fakes/jira.js';
import { jiraPerson } from '../fakes/jira-site.js';
import { ProviderProxy } from './provider-proxy.js';
import { ITEM, type SetUp, type SetUpOptions } from './providers.js';
import { effectsOf } from './watched-effects.js';

// More providers of the effects on tickets than the one of the kind's own set-up.

/** Short enough for a test: a write may take three of these. */
const REQUEST_MS = 500;

export const TRACKER_SET_UPS = {
  'comment in Jira Cloud': (options: SetUpOptions) => jiraSetUp(options, 'comment', true),
  'state in Jira Data Center': (options: SetUpOptions) => jiraSetUp(options, 'state', false),
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
