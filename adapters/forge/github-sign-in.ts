import { z } from 'zod';
import { type Ask, createAsks } from './ask.js';
import type { Remedies } from './failure.js';
import { toFailure } from './failure.js';
import { type GithubIdentity, type GithubSignInSettings, githubIdentity } from './github-auth.js';
import type { Cancel } from './wire.js';

// Signing in for what speaks to GitHub by itself: its issues.

const REQUEST_MS = 8_000;

export interface GithubSignIn {
  /** Good for this repository, `owner/name`, for some minutes at least. Throws Temporal's failures. */
  token(project: string): Promise<string>;
  /** Of the account that writes. */
  login(): Promise<string>;
}

/** Undefined without anything to sign in with. */
export function githubSignIn(settings: GithubSignInSettings): GithubSignIn | undefined {
  const identity = githubIdentity(settings);
  if (!identity) return undefined;
  const remedies = remediesOf(identity, 'issues: write');
  const { ask } = createAsks(
    { client: identity.client, remedies, timeoutMs: REQUEST_MS },
    { size: 'per_page', most: 1 },
  );
  return {
    login: () => ourLogin(ask, identity, undefined),
    async token(project) {
      const [owner = '', repo = ''] = project.split('/');
      return identity.token(owner, repo).catch((error: unknown) => {
        throw toFailure(error, `a token for ${project}`, remedies);
      });
    },
  };
}

/** An App is not asked who it is as an account is. */
export async function ourLogin(ask: Ask, { isApp }: GithubIdentity, signal: Cancel): Promise<string> {
  if (isApp) {
    const answer = z.object({ slug: z.string() });
    return `${(await ask({ what: 'our App', route: 'GET /app', answer, signal })).slug}[bot]`;
  }
  const answer = z.object({ login: z.string() });
  return (await ask({ what: 'our account', route: 'GET /user', answer, signal })).login;
}

export function remediesOf({ isApp }: GithubIdentity, rights: string): Remedies {
  return isApp
    ? {
        unauthenticated: 'check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY',
        forbidden: `give the App the permissions ${rights}`,
        notFound: 'check `project` in the configuration, and that the App is installed for it',
      }
    : {
        unauthenticated: 'check GITHUB_TOKEN',
        forbidden: `give GITHUB_TOKEN the permissions ${rights}`,
        notFound: 'check `project` in the configuration, and that the account of GITHUB_TOKEN may see it',
      };
}
