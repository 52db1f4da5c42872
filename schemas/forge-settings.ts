import { z } from 'zod';

// Where repositories are, and how we are let in there. Secrets are not in the file.

/** What routes an item to a repo: every named field must match; text is compared without case. */
const RepoMatch = z.strictObject({
  team: z.string().optional(),
  project: z.string().optional(),
  label: z.string().optional(),
});

export const RepoEntry = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected letters, digits, dots and dashes'),
    forge: z.enum(['local', 'github', 'gitea']).default('local').describe('See docs/forges.md'),
    project: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, 'expected owner/name')
      .optional()
      .describe('Of a repo at GitHub or Gitea: owner/name'),
    url: z
      .string()
      .min(1)
      .optional()
      .describe('Bare repository: a path, or a URL that git can fetch and push; by default as the forge has it'),
    defaultBranch: z.string().min(1).default('main'),
    match: z.array(RepoMatch).default([]),
    holdouts: z
      .string()
      .min(1)
      .optional()
      .describe('Directory of hold-out scenarios, outside of the repository; see docs/validation.md'),
  })
  .superRefine(({ forge, project, url }, context) => {
    const missing = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (forge === 'local' && url === undefined) missing('url', 'expected string: a path, or a URL for git');
    if (forge !== 'local' && project === undefined) missing('project', `expected owner/name, as ${forge} has it`);
  });
export type RepoEntry = Readonly<z.infer<typeof RepoEntry>>;

export const ForgesSection = z.strictObject({
  github: z
    .strictObject({
      apiUrl: z
        .url()
        .default('https://api.github.com')
        .describe('Of GitHub Enterprise Server: https://<host>/api/v3; also as GITHUB_API_URL'),
    })
    .prefault({}),
  gitea: z.strictObject({ url: z.url().optional().describe('Where people see it; also as GITEA_URL') }).prefault({}),
});
type ForgesSection = z.infer<typeof ForgesSection>;

export interface GithubSettings {
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly app: { readonly id: string; readonly privateKey: string } | undefined;
  /** One half of an App is there. */
  readonly half: boolean;
}

export interface ForgeSettings {
  readonly github: GithubSettings;
  readonly gitea: { readonly url: string | undefined; readonly token: string | undefined };
}

/** A repo with the URL that git takes. */
export type Repo = RepoEntry & { readonly url: string };

export function forgeSettings(
  { github, gitea }: ForgesSection,
  read: {
    readonly variable: (name: string) => string | undefined;
    readonly secret: (name: string) => string | undefined;
  },
): ForgeSettings {
  const id = read.variable('GITHUB_APP_ID');
  // One line in an environment file has its line ends written out.
  const privateKey = read.secret('GITHUB_APP_PRIVATE_KEY')?.replaceAll('\\n', '\n');
  return {
    github: {
      apiUrl: read.variable('GITHUB_API_URL') ?? github.apiUrl,
      token: read.secret('GITHUB_TOKEN'),
      app: id && privateKey ? { id, privateKey } : undefined,
      half: Boolean(id) !== Boolean(privateKey),
    },
    gitea: { url: read.variable('GITEA_URL') ?? gitea.url, token: read.secret('GITEA_TOKEN') },
  };
}

/** Where git finds the repo; undefined when nobody has said where its forge is. */
export function gitUrl({ forge, project, url }: RepoEntry, { github, gitea }: ForgeSettings): string | undefined {
  if (url !== undefined || forge === 'local') return url;
  const origin = forge === 'github' ? githubOrigin(github.apiUrl) : gitea.url?.replace(/\/+$/, '');
  return origin && `${origin}/${project}.git`;
}

/** Where people and git find what the API is of. */
export function githubOrigin(apiUrl: string): string {
  const { origin } = new URL(apiUrl);
  return origin === 'https://api.github.com' ? 'https://github.com' : origin;
}

/** What would stop a worker from reaching the forges of its repos, each with what to do about it. */
export function forgeProblems(
  repos: readonly Pick<Repo, 'name' | 'forge'>[],
  { github, gitea }: ForgeSettings,
): { readonly problem: string; readonly remedy: string }[] {
  const named = (forge: string) => repos.filter((repo) => repo.forge === forge).map(({ name }) => name);
  const problems = [];
  if (github.half) {
    const problem = 'of GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY only one is set';
    problems.push({ problem, remedy: 'set both (the key also as GITHUB_APP_PRIVATE_KEY_FILE), or neither' });
  }
  if (named('github').length > 0 && !github.app && !github.token) {
    const remedy = 'set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, or GITHUB_TOKEN; see docs/forges.md';
    problems.push({ problem: `${named('github').join(', ')} at GitHub: there is nothing to sign in with`, remedy });
  }
  if (named('gitea').length > 0 && !gitea.token) {
    const remedy = 'set GITEA_TOKEN (or GITEA_TOKEN_FILE); see docs/forges.md';
    problems.push({ problem: `${named('gitea').join(', ')} at Gitea: there is nothing to sign in with`, remedy });
  }
  return problems;
}
