// Promise P12 as a specification: who may approve, by which way, under which conditions. What is expected of a cell is
// computed here, from these rules; nothing of the code under test is read.

export const CHANNELS = ['slack', 'forge', 'cli', 'raw'] as const;
export type Channel = (typeof CHANNELS)[number];

export const CONDITIONS = ['fresh', 'replayed', 'head moved', 'edited payload', "another mission's token"] as const;
export type Condition = (typeof CONDITIONS)[number];

export interface Actor {
  readonly name: string;
  /** Key of the person; undefined for a program. */
  readonly key?: string;
  readonly active: boolean;
  readonly team?: string;
  readonly role?: string;
  /** Asked for the change. */
  readonly requested?: true;
  /** Has commits in the change. */
  readonly wrote?: true;
  /** Is on call now, in the rotation that the policy names. */
  readonly onCall?: true;
}

/** The policy of the change in question: team payments, or whoever is on call for payments; admins always. */
export const TEAM = 'payments';
export const ROTATION = 'payments';

export const ACTORS: readonly Actor[] = [
  { name: 'requester', key: 'rita', active: true, team: TEAM, requested: true },
  { name: 'author', key: 'arthur', active: true, team: TEAM, wrote: true },
  { name: 'bot', active: true },
  { name: 'other team', key: 'olga', active: true, team: 'web' },
  { name: 'ex-member', key: 'xavier', active: false, team: TEAM },
  { name: 'on-call', key: 'oscar', active: true, onCall: true },
  { name: 'admin', key: 'ada', active: true, role: 'admin' },
  // The one whom the policy means, so that a system that refuses everybody does not pass.
  { name: 'member of the team', key: 'mia', active: true, team: TEAM },
];

export interface Cell {
  readonly actor: Actor;
  readonly channel: Channel;
  readonly condition: Condition;
}

interface Rule {
  readonly rule: string;
  readonly holds: (cell: Cell) => boolean;
}

/** All of them must hold, or it is no approval. */
export const RULES: readonly Rule[] = [
  { rule: 'a door has verified who it is', holds: ({ channel }) => channel !== 'raw' },
  { rule: 'it is a person whom we know', holds: ({ actor }) => actor.key !== undefined },
  { rule: 'who has not left', holds: ({ actor }) => actor.active },
  { rule: 'who did not ask for the change', holds: ({ actor }) => !actor.requested },
  { rule: 'and did not write it', holds: ({ actor }) => !actor.wrote },
  {
    rule: 'whom the policy names',
    holds: ({ actor }) => actor.team === TEAM || actor.onCall === true || actor.role === 'admin',
  },
  { rule: 'the answer is of now and used once', holds: ({ condition }) => condition !== 'replayed' },
  { rule: 'the change is still what was seen', holds: ({ condition }) => condition !== 'head moved' },
  { rule: 'it says what the person said', holds: ({ condition }) => condition !== 'edited payload' },
  { rule: 'and it was said about this', holds: ({ condition }) => condition !== "another mission's token" },
];

export const CELLS: readonly Cell[] = ACTORS.flatMap((actor) =>
  CHANNELS.flatMap((channel) => CONDITIONS.map((condition) => ({ actor, channel, condition }))),
);

/** The first rule that is broken; undefined: it has to count. */
export function broken(cell: Cell): string | undefined {
  return RULES.find(({ holds }) => !holds(cell))?.rule;
}
