import { z } from 'zod';
import type { AdfDocument } from './adf.js';
import { fromAdf, toAdf } from './markdown.js';
import type { Rest } from './rest.js';
import { fromWiki, toWiki } from './wiki.js';

// What is asked of Jira, and what must come back. Cloud speaks version 3 with documents, Data Center version 2 with
// its text notation; the rest is alike.

export type JiraFlavour = 'cloud' | 'data-center';

/** Text in its own format, as a document or in the notation. */
const RichText = z.union([z.string(), z.looseObject({ type: z.literal('doc') })]).nullish();
type RichText = z.infer<typeof RichText>;

/** Cloud knows people by account id, Data Center by key and name. */
const User = z
  .object({
    accountId: z.string().optional(),
    key: z.string().optional(),
    name: z.string().optional(),
    displayName: z.string().optional(),
  })
  .transform(({ accountId, key, name, displayName }) => ({
    id: accountId ?? key ?? name ?? 'unknown',
    name: (displayName ?? name ?? '').slice(0, 200),
  }));

const Comment = z.object({
  id: z.string(),
  body: RichText,
  created: z.string(),
  author: User.nullish(),
});
export type JiraComment = z.infer<typeof Comment>;

export const Comments = z.object({ total: z.int(), comments: z.array(Comment) });

const Attachment = z.object({ filename: z.string(), content: z.url() });

export const Issue = z.object({
  id: z.string(),
  key: z.string(),
  fields: z.object({
    summary: z.string(),
    description: RichText,
    labels: z.array(z.string()).nullish(),
    project: z.object({ key: z.string(), name: z.string() }),
    reporter: User.nullish(),
    attachment: z.array(Attachment).nullish(),
  }),
});
export type Issue = z.infer<typeof Issue>;

const Category = z.object({ key: z.string() });
const Status = z.object({ id: z.string(), name: z.string(), statusCategory: Category });

export const IssueState = z.object({ fields: z.object({ status: Status, updated: z.string() }) });

export const Transitions = z.object({
  transitions: z.array(
    z.object({
      id: z.string(),
      to: Status,
      fields: z
        .record(z.string(), z.object({ required: z.boolean(), hasDefaultValue: z.boolean().optional() }))
        .nullish(),
    }),
  ),
});

export const Changes = z.object({
  changelog: z.object({
    histories: z.array(
      z.object({
        created: z.string(),
        author: User.nullish(),
        items: z.array(z.object({ field: z.string(), to: z.string().nullish() })),
      }),
    ),
  }),
});

export const Statuses = z.array(Status);
export const Self = User;
export const Made = z.object({ id: z.string() });
export const Nothing = z.unknown();

/** Of a search, with either way to go on. */
export const Found = z.object({
  issues: z.array(z.object({ key: z.string(), fields: z.object({ updated: z.string() }) })),
  nextPageToken: z.string().nullish(),
  total: z.int().nullish(),
});

export interface Jira extends Rest {
  readonly flavour: JiraFlavour;
  readonly baseUrl: string;
  /** `/rest/api/3`. */
  readonly api: string;
  /** Id of the account that the token belongs to. */
  readonly self: (signal?: AbortSignal) => Promise<string>;
  readonly read: (text: RichText) => string;
  readonly write: (markdown: string) => AdfDocument | string;
}

export function jiraOver(rest: Rest, { flavour, baseUrl }: Pick<Jira, 'flavour' | 'baseUrl'>): Jira {
  const api = flavour === 'cloud' ? '/rest/api/3' : '/rest/api/2';
  let known: string | undefined;
  return {
    ...rest,
    ...{ flavour, baseUrl, api },
    async self(signal) {
      known ??= (await rest.ask({ what: 'who we are', path: `${api}/myself`, answer: Self, signal })).id;
      return known;
    },
    read: (text) => (typeof text === 'string' ? fromWiki(text) : fromAdf(text as AdfDocument | null | undefined)),
    write: flavour === 'cloud' ? toAdf : toWiki,
  };
}

/** Cloud's sites are Atlassian's; everything else is somebody's own server. */
export function flavourOf(baseUrl: string): JiraFlavour {
  return /(^|\.)(atlassian\.net|jira\.com)$/i.test(new URL(baseUrl).hostname) ? 'cloud' : 'data-center';
}
