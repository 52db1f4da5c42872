import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountSettings, accountsOf } from '../adapters/accounts/accounts.js';
import { FakeJira } from '../test/fakes/jira.js';
import { FakeLinear } from '../test/fakes/linear.js';
import { FakeSlack } from '../test/fakes/slack.js';

const linear = new FakeLinear();
const jira = new FakeJira();
const slack = new FakeSlack();
beforeAll(() => Promise.all([linear.start(), jira.start(), slack.start()]));
afterAll(() => Promise.all([linear.close(), jira.close(), slack.close()]));

const NOBODY: AccountSettings = {
  linear: { apiUrl: 'http://127.0.0.1:9', apiKey: undefined },
  jira: undefined,
  forges: {
    github: { apiUrl: 'http://127.0.0.1:9', token: undefined, app: undefined },
    gitea: { url: undefined, token: undefined },
  },
  slack: { apiUrl: 'http://127.0.0.1:9/', botToken: undefined },
  metrics: undefined,
};

/** What each account says: who it is, or why it is nobody. */
async function said(settings: Partial<AccountSettings>): Promise<Record<string, string>> {
  const all = accountsOf({ ...NOBODY, ...settings }).map(async ({ vendor, who }) => [
    vendor,
    await who().catch((error: Error) => error.message),
  ]);
  return Object.fromEntries(await Promise.all(all));
}

describe('who the tokens of an installation are', () => {
  it('is asked where there is a token, and nowhere else', async () => {
    expect(await said({})).toEqual({});
    const answers = await said({
      linear: { apiUrl: linear.apiUrl, apiKey: linear.apiKey },
      jira: { baseUrl: jira.url, email: jira.email, token: jira.token, flavour: 'cloud' },
      slack: { apiUrl: slack.apiUrl, botToken: slack.botToken },
    });
    expect(Object.keys(answers)).toEqual(['linear', 'jira', 'slack']);
    for (const answer of Object.values(answers)) expect(answer).toMatch(/signalbox/i);
  });

  it('is answered with what to check when the vendor does not know it', async () => {
    const answers = await said({
      linear: { apiUrl: linear.apiUrl, apiKey: 'wrong' },
      jira: { baseUrl: jira.url, email: jira.email, token: 'wrong', flavour: 'cloud' },
      slack: { apiUrl: slack.apiUrl, botToken: 'wrong' },
    });
    expect(answers.linear).toContain('check LINEAR_API_KEY');
    expect(answers.jira).toContain('check JIRA_API_TOKEN');
    expect(answers.slack).toContain('invalid_auth');
  });

  it('is nobody where nothing answers', async () => {
    const answers = await said({ forges: { ...NOBODY.forges, gitea: { url: 'http://127.0.0.1:9', token: 't' } } });
    expect(answers.gitea).toContain('asking who we are in Gitea');
  });
});
