import { z } from 'zod';

// Who people are: one person, with an id at every source that they come by. Read anew at every use.

/** Sources at which persons have ids. `cli`: names of users of a machine, and persons' own keys behind a token. */
export const PERSON_SOURCES = ['slack', 'linear', 'jira', 'github', 'gitea', 'cli'] as const;
export const PersonSource = z.enum(PERSON_SOURCES);
export type PersonSource = z.infer<typeof PersonSource>;

const Key = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,60}$/, 'expected lower-case letters, digits, dots and dashes');
const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,60}$/, 'expected letters, digits, dots and dashes');
const List = <Item extends z.ZodType<string>>(item: Item) =>
  z
    .union([item, z.array(item)])
    .transform((given): readonly string[] => (typeof given === 'string' ? [given] : given))
    .default([]);

/** The stable ids of the source, for example GitHub's number or Slack's `U…`: names change hands. */
const Ids = z.partialRecord(PersonSource, List(z.string().min(1).max(200)));

export const Person = z.strictObject({
  key: Key.describe('Ours: what policies, rotations and tokens go by'),
  name: z.string().min(1).max(200),
  roles: List(Name),
  teams: List(Name),
  ids: Ids.default({}),
  email: List(z.email()).describe('Also those that their commits carry'),
  handles: List(z.string().min(1).max(100)).describe('As CODEOWNERS names them, without the @'),
  tokens: List(z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal characters')).describe(
    'SHA-256 of their personal tokens; `signalbox people token` makes one',
  ),
  active: z.boolean().default(true).describe('False: has left; nothing counts that comes from them'),
});
export type Person = Readonly<z.infer<typeof Person>>;

/** Who somebody is at a source. */
export const SourceActor = z.strictObject({ source: PersonSource, id: z.string().min(1).max(200) });
export type SourceActor = Readonly<z.infer<typeof SourceActor>>;

/** Any one of these is enough; empty: every active person. */
export const Group = z.strictObject({
  people: z.array(Key).optional(),
  roles: z.array(Name).optional(),
  teams: z.array(Name).optional(),
  onCall: z.array(Name).optional().describe('Whoever is on call in one of these rotations at that moment'),
  codeowners: z.boolean().optional().describe('Owners, by CODEOWNERS of the base, of a path that is changed'),
});
export type Group = Readonly<z.infer<typeof Group>>;

/** `people.yaml`, named by `people` in signalbox.config.yaml. */
export const PeopleFile = z
  .strictObject({
    people: z.array(Person),
    bots: Ids.default({}).describe('Accounts of programs, our own among them: nobody can be these'),
  })
  .superRefine(({ people, bots }, context) => {
    const taken = new Map<string, string>();
    const take = (id: string, key: string, path: (string | number)[]) => {
      const other = taken.get(id);
      if (other !== undefined && other !== key) {
        context.addIssue({ code: 'custom', path, message: `${id} is ${other} already` });
      }
      taken.set(id, key);
    };
    for (const [source, ids] of Object.entries(bots)) {
      for (const id of ids) take(`${source} ${id}`, 'a bot', ['bots', source]);
    }
    const keys = new Set<string>();
    for (const [index, { key, ids, email, tokens }] of people.entries()) {
      const path = ['people', index];
      if (keys.has(key)) context.addIssue({ code: 'custom', path: [...path, 'key'], message: `${key} is used twice` });
      keys.add(key);
      take(`cli ${key}`, key, [...path, 'key']);
      for (const [source, list] of Object.entries(ids)) {
        for (const id of list) take(`${source} ${id}`, key, [...path, 'ids', source]);
      }
      for (const token of tokens) take(`token ${token.slice(0, 8)}…`, key, [...path, 'tokens']);
      for (const address of email) take(`email ${address.toLowerCase()}`, key, [...path, 'email']);
    }
  });
export type PeopleFile = Readonly<z.infer<typeof PeopleFile>>;

/** Undefined for whoever is nobody we know; one who has left is found, and is not active. */
export function personOf({ people, bots }: PeopleFile, { source, id }: SourceActor): Person | undefined {
  const given = source === 'cli' ? id.replace(/^cli:/, '') : id;
  if (bots[source]?.includes(given)) return undefined;
  return people.find(({ key, ids }) => ids[source]?.includes(given) || (source === 'cli' && key === given));
}

/** GitHub's own addresses carry the account's number. */
const GITHUB_ADDRESS = /^(\d+)\+[^@]+@users\.noreply\.github\.com$/;

export function personByEmail({ people }: PeopleFile, address: string): Person | undefined {
  const wanted = address.toLowerCase();
  const account = GITHUB_ADDRESS.exec(wanted)?.[1];
  if (account !== undefined) return people.find(({ ids }) => ids.github?.includes(account));
  return people.find(({ email }) => email.some((one) => one.toLowerCase() === wanted));
}
