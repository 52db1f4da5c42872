import { App } from 'octokit';
import type { GithubSettings } from '../../schemas/forge-settings.js';
import { timeLimit } from '../../schemas/time-limit.js';
import { ForgeClient } from './ask.js';

// Who we are at GitHub: an App, which is installed for accounts and gets a token of an hour for each, or a person's token.

const TOKEN_MS = 15_000;

type Client = InstanceType<typeof ForgeClient>;

export interface GithubIdentity {
  /** Of a request about a repository, or about ourselves. */
  client(parameters: Readonly<Record<string, unknown>>): Promise<Client>;
  /** For git, of one repository. */
  token(owner: string, repo: string): Promise<string>;
  /** Only an App may write check runs. */
  readonly isApp: boolean;
}

export type GithubSignInSettings = Omit<GithubSettings, 'half'>;

export function githubIdentity({ apiUrl, app, token }: GithubSignInSettings): GithubIdentity | undefined {
  const baseUrl = apiUrl.replace(/\/+$/, '');
  const request = { fetch: inTime };
  if (app)
    return appIdentity(
      new App({ appId: app.id, privateKey: app.privateKey, Octokit: ForgeClient.defaults({ baseUrl, request }) }),
    );
  if (token === undefined) return undefined;
  const client = new ForgeClient({ baseUrl, request, auth: token });
  return { client: async () => client, token: async () => token, isApp: false };
}

/** What octokit asks by itself, for a token of an hour, has no limit of its own. */
const inTime: typeof fetch = (url, init) =>
  fetch(url, {
    ...init,
    signal: timeLimit(TOKEN_MS, init?.signal ?? undefined),
  });

function appIdentity(app: App): GithubIdentity {
  const known = new Map<string, Promise<Client>>();

  /** What was not installed a moment ago may be by now. */
  function installation(owner: string, repo: string): Promise<Client> {
    const key = `${owner}/${repo}`;
    const asked = known.get(key) ?? find(owner, repo);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    return asked;
  }

  async function find(owner: string, repo: string): Promise<Client> {
    const { data } = await app.octokit.request('GET /repos/{owner}/{repo}/installation', { owner, repo });
    return (await app.getInstallationOctokit(data.id)) as Client;
  }

  return {
    isApp: true,
    async client({ owner, repo }) {
      return typeof owner === 'string' && typeof repo === 'string'
        ? installation(owner, repo)
        : (app.octokit as Client);
    },
    async token(owner, repo) {
      const client = await installation(owner, repo);
      const { token } = (await client.auth({ type: 'installation', repositoryNames: [repo] })) as { token: string };
      return token;
    },
  };
}
