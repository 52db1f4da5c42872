import type { Policy } from './blueprint.js';
import type { OnCallFile } from './on-call.js';
import type { Group, Person } from './people.js';

// What would keep answers from counting though every file is well-formed: names that are nobody's. Pure.

/** As `activities/approval-rules.ts` has it: counts for every rule. */
const ADMIN = 'admin';

/** What groups are looked up in. */
export interface Known {
  readonly people: readonly Person[];
  /** Names of rotations, of the file and of providers. */
  readonly rotations: readonly string[];
}

/** Members of rotations that are nobody. */
export function rotationProblems(file: OnCallFile, { people }: Pick<Known, 'people'>): readonly string[] {
  const keys = new Set(people.filter(({ active }) => active).map(({ key }) => key));
  return Object.entries(file.rotations).flatMap(([name, { members, overrides }]) =>
    [...new Set([...members, ...overrides.flatMap(({ person }) => person ?? [])])]
      .filter((key) => !keys.has(key))
      .map((key) => `rotation ${name}: ${key} is nobody who is active in people.yaml`),
  );
}

/** Groups of a policy that nobody is in, and rules that ask for more people than there are. */
export function policyProblems({ approvals, escalation }: Policy, known: Known): readonly string[] {
  return [
    ...approvals.flatMap(({ from, count }, index) => [
      ...groupProblems(`policy.approvals.${index}.from`, from, known),
      ...countProblems(`policy.approvals.${index}.count`, { from, count }, known),
    ]),
    ...escalation.flatMap(({ to }, index) => groupProblems(`policy.escalation.${index}.to`, to, known)),
  ];
}

function groupProblems(path: string, { people: keys, roles, teams, onCall }: Group, known: Known): readonly string[] {
  const active = known.people.filter((one) => one.active);
  const missing = (names: readonly string[] | undefined, has: (person: Person, name: string) => boolean) =>
    (names ?? []).filter((name) => !active.some((person) => has(person, name)));
  return [
    ...missing(keys, ({ key }, name) => key === name).map(
      (name) => `${path}.people: ${name} is nobody who is active in people.yaml`,
    ),
    ...missing(roles, (person, name) => person.roles.includes(name)).map(
      (name) => `${path}.roles: nobody who is active in people.yaml has the role ${name}`,
    ),
    ...missing(teams, (person, name) => person.teams.includes(name)).map(
      (name) => `${path}.teams: nobody who is active in people.yaml is in team ${name}`,
    ),
    ...(onCall ?? [])
      .filter((name) => !known.rotations.includes(name))
      .map((name) => `${path}.onCall: there is no rotation ${name}; known: ${known.rotations.join(', ') || 'none'}`),
  ];
}

/** Nothing is said where who counts is known only at use: on call, or owners of a path. */
function countProblems(
  path: string,
  { from, count }: { readonly from: Group; readonly count: number },
  { people }: Known,
): readonly string[] {
  if (from.onCall !== undefined || from.codeowners !== undefined) return [];
  const anybody = [from.people, from.roles, from.teams].every((names) => names === undefined);
  const counting = people.filter(
    ({ active, key, roles, teams }) =>
      active &&
      (anybody ||
        roles.includes(ADMIN) ||
        from.people?.includes(key) === true ||
        from.roles?.some((role) => roles.includes(role)) === true ||
        from.teams?.some((team) => teams.includes(team)) === true),
  );
  if (counting.length >= count) return [];
  return [`${path}: ${count} have to say yes, and ${counting.length === 0 ? 'nobody' : `only ${counting.length}`} can`];
}
