import type { Blobs, Tracker } from '../activities/ports.js';
import type { TrackerWrites } from '../activities/ports-effects.js';
import { githubSignIn } from '../adapters/forge/github-sign-in.js';
import { createIssueTracker } from '../adapters/tracker/issues.js';
import { createJiraTracker } from '../adapters/tracker/jira.js';
import { createLinearTracker } from '../adapters/tracker/linear.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Source } from '../schemas/source.js';
import type { Config } from '../temporal.config.js';

type Keep = (content: Buffer, mediaType: string) => Promise<BlobRef>;
type Trackers = Partial<Record<Source, Tracker & TrackerWrites>>;

/** Where tickets are that we have something to sign in with at. */
export function trackersOf(config: Config, blobs: Pick<Blobs, 'put'>): Trackers {
  const { linear, jira } = config;
  const keep: Keep = (content, mediaType) => blobs.put(content, mediaType);
  const { apiKey, apiUrl } = linear;
  return {
    ...(apiKey !== undefined && { linear: createLinearTracker({ apiKey, apiUrl, keep }) }),
    // Both have keys such as ENG-101, and an item's key is the name of its mission.
    ...(jira && {
      jira: createJiraTracker({
        ...{ ...jira, prefix: apiKey === undefined ? '' : 'jira.', keep },
      }),
    }),
    ...issuesOf(config, keep),
  };
}

/** The issues of the repos that are configured, and of no others. */
function issuesOf({ repos, forges: { github, gitea } }: Config, keep: Keep): Trackers {
  const at = (forge: 'github' | 'gitea') =>
    new Map(
      repos.flatMap((repo) => (repo.forge === forge && repo.project !== undefined ? [[repo.project, repo.name]] : [])),
    );
  const atGithub = at('github');
  const atGitea = at('gitea');
  const signIn = githubSignIn(github);
  return {
    ...(signIn &&
      atGithub.size > 0 && {
        github: createIssueTracker({ flavour: 'github', apiUrl: github.apiUrl, ...signIn, projects: atGithub, keep }),
      }),
    ...(gitea.url !== undefined &&
      gitea.token !== undefined &&
      atGitea.size > 0 && {
        gitea: createIssueTracker({
          ...{
            flavour: 'gitea',
            apiUrl: `${gitea.url.replace(/\/+$/, '')}/api/v1`,
            token: gitea.token,
            projects: atGitea,
            keep,
          },
        }),
      }),
  };
}
