import type { Attachment } from '../../schemas/work-item.js';
import { type AttachedFile, createImageKeeper, type ImageSource, picturesInHtml } from './images.js';
import type { Issue, IssuesFlavour } from './issues-wire.js';

// Pictures in issues of a forge. Each forge has places of its own for what people upload: nothing is fetched from
// anywhere else.

/** Where GitHub itself serves uploads; addresses of private ones are signed, and are shown no token. */
const GITHUB_UPLOADS = [
  'https://private-user-images.githubusercontent.com',
  'https://user-images.githubusercontent.com',
];

export interface IssueImages extends ImageSource {
  readonly flavour: IssuesFlavour;
  readonly apiUrl: string;
}

/** `authorization`: for the forge itself, and for no other host. */
export function createIssueImages({ flavour, apiUrl, ...source }: IssueImages) {
  const keep = createImageKeeper(source);
  const site = new URL(apiUrl).origin;
  // An Enterprise Server signs the addresses on its own host for media.
  const signed = flavour === 'github' ? [...GITHUB_UPLOADS, site.replace('://', '://media.')] : [];
  return (issue: Issue, authorization: string): Promise<Attachment[]> =>
    keep(flavour === 'github' ? picturesInHtml(issue.body_html ?? '') : assetsOf(issue, apiUrl), ({ origin }) => {
      if (origin === site) return { authorization };
      return signed.includes(origin) ? {} : undefined;
    });
}

/** By their ids: the address that Gitea tells is the one for people, which a worker may not reach. */
function assetsOf({ assets }: Issue, apiUrl: string): AttachedFile[] {
  const base = apiUrl.replace(/\/api\/v1\/?$/, '');
  return (assets ?? []).map(({ name, uuid }) => ({ name, url: `${base}/attachments/${encodeURIComponent(uuid)}` }));
}
