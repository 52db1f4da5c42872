import type { LabelledItem, Tracker } from '../../activities/ports.js';
import type { TrackerWrites } from '../../activities/ports-effects.js';
import { issueKey } from '../../schemas/issue-key.js';
import type { SourceItem } from '../../schemas/work-item.js';
import type { ImageSource } from './images.js';
import { commentsIn, statesIn } from './issues-effects.js';
import { createIssueImages } from './issues-images.js';
import { type Issue, type IssueComment, type IssuesFlavour, issuesOver } from './issues-wire.js';
import { createRest, cut, isMissing } from './rest.js';

// Issues of GitHub or Gitea as tickets, of the projects that are configured.

const COMMENTS = 50;
const TEXT_CHARS = 60_000;
const COMMENT_CHARS = 10_000;

export interface IssueTrackerOptions {
  readonly flavour: IssuesFlavour;
  /** `https://api.github.com`, or `https://git.example.com/api/v1`. */
  readonly apiUrl: string;
  /** For each project by itself where an App is installed: then `login` says who that is. */
  readonly token: string | ((project: string) => Promise<string>);
  readonly login?: (() => Promise<string>) | undefined;
  /** Each project, `owner/name`, with the name of its repo in the configuration. */
  readonly projects: ReadonlyMap<string, string>;
  /** Keeps the bytes of pictures; without it none are read. */
  readonly keep?: ImageSource['keep'] | undefined;
  /** Per request. */
  readonly timeoutMs?: number | undefined;
}

export function createIssueTracker(options: IssueTrackerOptions): Tracker & TrackerWrites {
  const { flavour, apiUrl, token, projects, login, keep, timeoutMs } = options;
  const service = flavour === 'github' ? 'GitHub' : 'Gitea';
  const scheme = flavour === 'github' ? 'Bearer' : 'token';
  const authorization = async (path: string) =>
    `${scheme} ${typeof token === 'string' ? token : await token(projectOf(path))}`;
  const rest = createRest({
    ...{ service, baseUrl: apiUrl, timeoutMs, headers: {} },
    authorization,
    accessHint: `check ${service.toUpperCase()}_TOKEN, and that it may read and write issues`,
  });
  const images = keep && createIssueImages({ flavour, apiUrl, keep, timeoutMs: rest.requestMs });
  const known = [...projects.keys()];
  const issues = issuesOver(rest, { flavour, projects: known, login });

  async function read(key: string): Promise<SourceItem | undefined> {
    const place = issues.place(key);
    const issue = await issues.issue(place);
    if (issue.pull_request) return undefined;
    const self = await issues.self();
    const comments = (await issues.comments(place, issue.comments)).slice(-COMMENTS);
    const ours = (comment: IssueComment) => issues.isOurs(comment, self);
    const attachments = (await images?.(issue, await authorization(place.path))) ?? [];
    return {
      ...toItem(issue, { flavour, ours, comments, service }),
      ...routed(key, place.project),
      ...(attachments.length > 0 && { attachments }),
    };
  }

  const routed = (key: string, project: string) => ({
    ...{ key, project, team: project.split('/')[0] ?? project },
    ...(projects.has(project) && { repo: projects.get(project) }),
  });

  return {
    item: (key) =>
      rest.translated(`reading ${key}`, async () => {
        try {
          return await read(key);
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    labelled: (label) =>
      rest.translated(`looking for issues with the label ${label}`, async () => {
        const items: LabelledItem[] = [];
        for (const project of known) {
          const found = (await issues.withLabel(project, label)).filter(({ pull_request }) => !pull_request);
          items.push(
            ...found.map(({ number, updated_at }) => ({ key: issueKey(project, number), changedAt: updated_at })),
          );
        }
        return items;
      }),
    comments: rest.explained('commenting on', commentsIn(issues)),
    states: rest.explained('marking', statesIn(issues)),
  };
}

/** `/repos/<owner>/<repo>/…` */
function projectOf(path: string): string {
  return path.split('/').slice(2, 4).join('/');
}

interface Around {
  readonly flavour: IssuesFlavour;
  readonly service: string;
  readonly comments: readonly IssueComment[];
  readonly ours: (comment: IssueComment) => boolean;
}

function toItem(issue: Issue, { flavour, service, comments, ours }: Around): Omit<SourceItem, 'key'> {
  return {
    source: { kind: flavour, id: String(issue.id), url: issue.html_url },
    title: issue.title,
    text: cut(issue.body ?? '', TEXT_CHARS, service),
    labels: (issue.labels ?? []).map(({ name }) => name),
    ...(issue.user && { reporter: person(issue.user) }),
    comments: comments.map((comment) => ({
      id: String(comment.id),
      text: cut(comment.body ?? '', COMMENT_CHARS, service),
      ...(comment.user && { author: person(comment.user) }),
      // Anybody can write the marker, so the author counts too.
      ours: ours(comment),
    })),
  };
}

/** By the number of the account, as people.yaml and the doors know them: names change hands. */
function person({ login, id }: NonNullable<Issue['user']>): { readonly id: string; readonly name: string } {
  return { id: id === undefined ? login : String(id), name: login };
}
