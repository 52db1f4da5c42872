import { z } from 'zod';
import { slackCalls } from '../chat/slack-client.js';
import { createPrometheus } from '../metrics/prometheus.js';
import { flavourOf, type JiraFlavour } from '../tracker/jira-wire.js';
import { linearAuthorization } from '../tracker/linear-authorization.js';
import { createRest, type RestOptions } from '../tracker/rest.js';

// Who the tokens of this installation are at their vendors: the cheapest call at each that a wrong token fails.

export interface Account {
  readonly vendor: string;
  /** Who it is there, in a few words. Throws with the vendor's reason and what to check. */
  who(): Promise<string>;
}

type Token = string | undefined;

export interface AccountSettings {
  readonly linear: { readonly apiUrl: string; readonly apiKey: Token };
  readonly jira:
    | {
        readonly baseUrl: string;
        readonly email: Token;
        readonly token: string;
        readonly flavour: JiraFlavour | undefined;
      }
    | undefined;
  readonly forges: {
    readonly github: {
      readonly apiUrl: string;
      readonly token: Token;
      readonly app: { readonly id: string; readonly privateKey: string } | undefined;
    };
    readonly gitea: { readonly url: string | undefined; readonly token: Token };
  };
  readonly slack: { readonly apiUrl: string; readonly botToken: Token };
  readonly metrics: { readonly url: string; readonly token: Token } | undefined;
}

/** Those that are configured. */
export function accountsOf({ linear, jira, forges, slack, metrics }: AccountSettings): readonly Account[] {
  const { github, gitea } = forges;
  return [
    ...(linear.apiKey === undefined ? [] : [linearAccount(linear.apiUrl, linear.apiKey)]),
    ...(jira ? [jiraAccount(jira)] : []),
    ...(github.app ? [githubApp(github.apiUrl, github.app)] : []),
    ...(github.token === undefined ? [] : [githubUser(github.apiUrl, github.token)]),
    ...(gitea.url === undefined || gitea.token === undefined ? [] : [giteaUser(gitea.url, gitea.token)]),
    ...(slack.botToken === undefined ? [] : [slackBot(slack.apiUrl, slack.botToken)]),
    ...(metrics ? [prometheus(metrics)] : []),
  ];
}

interface Ask<Answer> extends RestOptions {
  readonly path: string;
  readonly query?: string;
  readonly answer: z.ZodType<Answer>;
  readonly name: (answer: Answer) => string;
}

function account<Answer>({ path, query, answer, name, ...rest }: Ask<Answer>): Account {
  const { ask, translated } = createRest(rest);
  const what = 'asking who we are';
  const call = { what, path, answer, ...(query !== undefined && { method: 'POST' as const, body: { query } }) };
  return { vendor: rest.service.toLowerCase(), who: () => translated(what, async () => name(await ask(call))) };
}

const Login = z.object({ login: z.string() });
const loginOf = ({ login }: z.infer<typeof Login>) => login;

function linearAccount(apiUrl: string, apiKey: string): Account {
  return account({
    ...{ service: 'Linear', baseUrl: apiUrl, path: '', query: '{ viewer { name } }' },
    ...{ headers: { authorization: linearAuthorization(apiKey) }, accessHint: 'check LINEAR_API_KEY' },
    answer: z.object({ data: z.object({ viewer: z.object({ name: z.string() }) }) }),
    name: ({ data }) => data.viewer.name,
  });
}

function jiraAccount({
  baseUrl,
  email,
  token,
  flavour = flavourOf(baseUrl),
}: NonNullable<AccountSettings['jira']>): Account {
  const version = flavour === 'cloud' ? 3 : 2;
  const basic = Buffer.from(`${email}:${token}`).toString('base64');
  return account({
    ...{
      service: 'Jira',
      baseUrl,
      path: `/rest/api/${version}/myself`,
      accessHint: 'check JIRA_API_TOKEN and JIRA_EMAIL',
    },
    headers: { authorization: email === undefined ? `Bearer ${token}` : `Basic ${basic}` },
    answer: z.object({ displayName: z.string() }),
    name: ({ displayName }) => displayName,
  });
}

function githubUser(baseUrl: string, token: string): Account {
  return account({
    ...{ service: 'GitHub', baseUrl, path: '/user', accessHint: 'check GITHUB_TOKEN' },
    ...{ headers: { authorization: `Bearer ${token}` }, answer: Login, name: loginOf },
  });
}

function githubApp(baseUrl: string, { id, privateKey }: { readonly id: string; readonly privateKey: string }): Account {
  return {
    vendor: 'github app',
    async who() {
      const { App, Octokit } = await import('octokit');
      const app = new App({ appId: id, privateKey, Octokit: Octokit.defaults({ baseUrl, ...NO_PATIENCE }) });
      const { data } = await app.octokit.request('GET /app').catch((error: Error) => {
        const check = 'check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, and the clock of this machine';
        throw new Error(`asking who we are in GitHub: ${error.message} (${check})`);
      });
      return data?.slug ?? `app ${id}`;
    },
  };
}

/** Whoever asks wants to know how it is now. */
const NO_PATIENCE = { retry: { enabled: false }, throttle: { enabled: false } };

function giteaUser(url: string, token: string): Account {
  return account({
    ...{
      service: 'Gitea',
      baseUrl: `${url.replace(/\/$/, '')}/api/v1`,
      path: '/user',
      accessHint: 'check GITEA_TOKEN',
    },
    ...{ headers: { authorization: `token ${token}` }, answer: Login, name: loginOf },
  });
}

function slackBot(apiUrl: string, token: string): Account {
  const call = slackCalls({ apiUrl, token });
  return {
    vendor: 'slack',
    async who() {
      const { user, team } = await call('auth.test', {}, { answer: z.object({ user: z.string(), team: z.string() }) });
      return `${user} in ${team}`;
    },
  };
}

function prometheus(settings: NonNullable<AccountSettings['metrics']>): Account {
  return {
    vendor: 'metrics',
    async who() {
      const one = await createPrometheus(settings).value('vector(1)');
      if (one !== 1) throw new Error(`${settings.url} answers, and does not know that vector(1) is 1`);
      return new URL(settings.url).host;
    },
  };
}
