import type { ApprovalQuestion, AskedBack } from '../schemas/approval.js';
import { RefusedInput } from '../schemas/parse.js';
import { PERSON_SOURCES, type Person, personOf } from '../schemas/people.js';
import type { ItemSource, SourceItem } from '../schemas/work-item.js';
import type { Effects } from './effects.js';
import type { Tracker } from './ports.js';
import type { People } from './ports-people.js';

// The answer to what was asked back, where it was asked: a comment on the ticket, read again from its source.

export interface AskBackPorts {
  readonly trackers: Readonly<Partial<Record<ItemSource['kind'], Tracker>>>;
  readonly people: People;
  readonly effects: Pick<Effects, 'trace'>;
}

export interface OpenAskBack {
  readonly question: ApprovalQuestion;
  readonly source: ItemSource;
  /** The oldest one that nobody has answered. */
  readonly asked: AskedBack;
  /** Ids of comments that have answered another one. */
  readonly heard: readonly string[];
}

export interface HeardReply {
  /** Name of whoever answered. */
  readonly by: string;
  readonly text: string;
  /** Its id at the source. */
  readonly comment: string;
}

/** Of an answer. */
const TEXT_CHARS = 4_000;

export function createAskBackActivities({ trackers, people, effects }: AskBackPorts) {
  return {
    /**
     * The first comment below our question of somebody who is asked: the requester, or an active person of people.yaml
     * who did not ask it. Null: nobody has answered there yet. What strangers and programs write is no answer.
     */
    async readReply({ question, source, asked, heard }: OpenAskBack): Promise<HeardReply | null> {
      if (!asked.shown) return null;
      const { comment: key, message } = asked.shown;
      const ours = (await effects.trace('comment', key)) ?? (await effects.trace('message', message));
      const item = ours === undefined ? undefined : await trackers[source.kind]?.item(question.item);
      const at = item?.comments.findIndex(({ id }) => id === ours) ?? -1;
      if (!item || at < 0) return null;
      const known = await people.read().catch((error: unknown) => {
        // Then nobody can be told from a stranger.
        if (error instanceof RefusedInput) return undefined;
        throw error;
      });
      if (!known) return null;
      for (const comment of item.comments.slice(at + 1)) {
        if (comment.ours || heard.includes(comment.id)) continue;
        const by = whoIsAsked(comment, { question, source, asked, known });
        const text = comment.text.trim().slice(0, TEXT_CHARS);
        if (by !== undefined && text !== '') return { by, text, comment: comment.id };
      }
      return null;
    },
  };
}

export type AskBackActivities = ReturnType<typeof createAskBackActivities>;

interface Asking extends Pick<OpenAskBack, 'question' | 'source' | 'asked'> {
  readonly known: Awaited<ReturnType<People['read']>>;
}

/** Name of the author when they are somebody whose answer this is. */
function whoIsAsked(
  { author }: SourceItem['comments'][number],
  { question, source, asked, known }: Asking,
): string | undefined {
  const kind = PERSON_SOURCES.find((one) => one === source.kind);
  if (!author || !kind || known.bots[kind]?.includes(author.id)) return undefined;
  const person: Person | undefined = personOf(known, { source: kind, id: author.id });
  if (person) return person.active && person.key !== asked.person ? person.name : undefined;
  return author.id === question.requester?.id ? (author.name ?? author.id) : undefined;
}
