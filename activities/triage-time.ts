import { escalationMessage } from '../chat/triage.js';
import { durationMs } from '../schemas/duration.js';
import { RefusedInput } from '../schemas/parse.js';
import type { Person } from '../schemas/people.js';
import type { Source } from '../schemas/source.js';
import type { TriageEscalation } from '../schemas/triage-settings.js';
import type { OnCall, People } from './ports-people.js';
import type { TriageMeter } from './ports-triage.js';

export interface TriageTimePorts {
  readonly policy: TriageEscalation;
  readonly people: People;
  readonly onCall: OnCall;
  /** Of the chat, where one is configured. */
  readonly channel: string | undefined;
  readonly meter: TriageMeter;
}

/** About whom nobody has decided. */
export interface OpenItem {
  readonly source: Source;
  readonly subject: string;
  /** `<source>/<item>`. */
  readonly key: string;
  readonly stage: string;
  readonly because: string;
  /** ISO 8601: of its first signal. */
  readonly receivedAt: string;
}

export interface TriageEscalationNews {
  /** Names of those who are told; empty where the policy names nobody. */
  readonly names: readonly string[];
  /** Why somebody could not be looked up. */
  readonly gap?: string;
  /** For the chat: `blocks` as JSON. */
  readonly message?: { readonly channel: string; readonly text: string; readonly blocks: string };
}

/** The 24 hours in which triage decides: whom the policy names when they run out, and what was late. */
export function createTriageTimeActivities({ policy, people, onCall, channel, meter }: TriageTimePorts) {
  return {
    /** Since the first signal of an item; null: nobody is told. */
    async triageTerms(): Promise<{ readonly escalateMs: number | null }> {
      return { escalateMs: policy.after === 'never' ? null : durationMs(policy.after) };
    },

    /** Whom to tell, as it is known now. Whoever can't be looked up keeps nobody else from being told. */
    async describeEscalation(item: OpenItem): Promise<TriageEscalationNews> {
      const { persons, gap } = await personsOf({ policy, people, onCall });
      const names = persons.map(({ name }) => name);
      const mentions = persons.flatMap(({ ids }) => ids.slack?.slice(0, 1) ?? []);
      const at = policy.channel ?? channel;
      const told = gap === undefined ? { names } : { names, gap };
      if (at === undefined) return told;
      const { text, blocks } = escalationMessage({ ...item, ...told, mentions });
      return { ...told, message: { channel: at, text, blocks: JSON.stringify(blocks) } };
    },

    /** It took longer than 24 hours, and is not over. */
    async noteLate({ source }: { readonly source: Source }): Promise<void> {
      meter.triageLate(source);
    },
  };
}

export type TriageTimeActivities = ReturnType<typeof createTriageTimeActivities>;

/** More than that many are not told one by one. */
const NAMED = 20;

async function personsOf({
  policy: { to },
  people,
  onCall,
}: Pick<TriageTimePorts, 'policy' | 'people' | 'onCall'>): Promise<{ persons: readonly Person[]; gap?: string }> {
  const gaps: string[] = [];
  const orGap = async <Found>(work: Promise<Found>, otherwise: Found): Promise<Found> => {
    try {
      return await work;
    } catch (error) {
      gaps.push(error instanceof RefusedInput ? error.problems.join('; ') : (error as Error).message);
      return otherwise;
    }
  };
  const known = await orGap(people.read(), { people: [], bots: {}, local: true });
  const rotations = (to.onCall ?? []).map((rotation) => orGap(onCall.who(rotation, new Date(), known), []));
  const called = new Set((await Promise.all(rotations)).flat());
  const persons = known.people.filter(
    ({ key, roles, teams, active }) =>
      active &&
      (called.has(key) ||
        to.people?.includes(key) === true ||
        roles.some((role) => to.roles?.includes(role)) ||
        teams.some((team) => to.teams?.includes(team))),
  );
  return { persons: persons.slice(0, NAMED), ...(gaps.length > 0 && { gap: gaps.join('; ').slice(0, 500) }) };
}
