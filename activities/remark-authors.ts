import { type PersonSource, personOf } from '../schemas/people.js';
import type { Review, ReviewComment } from '../schemas/pull-request.js';
import type { PullRequests } from './ports-forge.js';
import type { KnownPeople, People } from './ports-people.js';

// Whose word on a pull request is acted on. Anybody who may read a repository may comment there, and each remark can
// cost a round of work: so only those count who may write to it, or whom people.yaml names.

/** Accounts that the forge is asked about in one look, reviewers first: a crowd of strangers is no reason to ask for hours. */
const ASKED = 100;

type Said = Pick<ReviewComment | Review, 'author' | 'account' | 'bot'>;

export interface SaidThere<Comment extends Said, Verdict extends Said> {
  readonly comments: readonly Comment[];
  readonly reviews: readonly Verdict[];
}

/** `counts`: of those whose word is acted on; `others`: of people who may only be read. Programs are in neither. */
export interface Sorted<Comment extends Said, Verdict extends Said> {
  readonly counts: SaidThere<Comment, Verdict>;
  readonly others: SaidThere<Comment, Verdict>;
}

export interface Asked {
  readonly repo: string;
  readonly pulls: Pick<PullRequests, 'source' | 'writers'>;
  /** Undefined: nobody has written a people.yaml, so the forge alone says who counts. */
  readonly people: People | undefined;
}

/** What the forge does not tell is a no. Throws what the forge or people.yaml has to say against being read. */
export async function byAuthor<Comment extends Said, Verdict extends Said>(
  { comments, reviews }: SaidThere<Comment, Verdict>,
  { repo, pulls, people }: Asked,
): Promise<Sorted<Comment, Verdict>> {
  const known = await people?.read();
  const all: readonly Said[] = [...reviews, ...comments];
  const standing = new Map(all.map((one) => [one.author.id, standingOf(one, pulls.source, known)]));
  const unknown = [...standing].filter(([, is]) => is === 'unknown').map(([login]) => login);
  const writers = new Set(unknown.length > 0 ? await pulls.writers(repo, unknown.slice(0, ASKED)) : []);
  const counts = ({ author: { id } }: Said) => standing.get(id) === 'yes' || writers.has(id);
  const others = (one: Said) => standing.get(one.author.id) !== 'program' && !counts(one);
  return {
    counts: { comments: comments.filter(counts), reviews: reviews.filter(counts) },
    others: { comments: comments.filter(others), reviews: reviews.filter(others) },
  };
}

type Standing = 'yes' | 'no' | 'program' | 'unknown';

/** Whoever has left counts no more, whatever they may still do at the forge. */
function standingOf({ account, bot }: Said, source: PersonSource, known: KnownPeople | undefined): Standing {
  if (bot) return 'program';
  if (!known || account === undefined) return 'unknown';
  if (known.bots[source]?.includes(account)) return 'program';
  const person = personOf(known, { source, id: account });
  if (!person) return 'unknown';
  return person.active ? 'yes' : 'no';
}
