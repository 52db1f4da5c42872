import { describe, expect, it } from '@jest/globals';
import { Policy } from './blueprint.js';
import { OnCallFile } from './on-call.js';
import { Person } from './people.js';
import { policyProblems, rotationProblems } from './people-check.js';

const people = [
  { key: 'ada', name: 'Ada', roles: ['admin'] },
  { key: 'mia', name: 'Mia', teams: ['payments'] },
  { key: 'xavier', name: 'Xavier', teams: ['web'], roles: ['dba'], active: false },
].map((person) => Person.parse(person));
const known = { people, rotations: ['payments'] };
const problems = (policy: object) => policyProblems(Policy.parse(policy), known);

describe('a policy', () => {
  it('is good when everybody whom it names is there', () => {
    expect(
      problems({
        approvals: [
          { from: { people: ['mia'], teams: ['payments'], roles: ['admin'], onCall: ['payments'] } },
          { from: { teams: ['payments'] }, count: 2 },
          { from: { codeowners: true }, count: 9 },
          { count: 2 },
        ],
        escalation: [{ after: '8h', to: { onCall: ['payments'] } }],
      }),
    ).toEqual([]);
  });

  it.each([
    ['a person', { people: ['bob'] }, 'policy.approvals.0.from.people: bob is nobody who is active'],
    ['one who has left', { people: ['xavier'] }, 'policy.approvals.0.from.people: xavier is nobody who is active'],
    ['a team', { teams: ['web'] }, 'policy.approvals.0.from.teams: nobody who is active in people.yaml is in team web'],
    [
      'a role',
      { roles: ['dba'] },
      'policy.approvals.0.from.roles: nobody who is active in people.yaml has the role dba',
    ],
    ['a rotation', { onCall: ['web'] }, 'policy.approvals.0.from.onCall: there is no rotation web; known: payments'],
  ])('is not when it names %s that nobody is', (_what, from, problem) => {
    expect(problems({ approvals: [{ from }] })).toEqual([expect.stringContaining(problem)]);
    const [escalated] = problems({ escalation: [{ after: '8h', to: from }] });
    expect(escalated).toContain('policy.escalation.0.to.');
  });

  it('is not when it asks for more people than can say yes; an admin can always', () => {
    const rule = (count: number) => problems({ approvals: [{ from: { teams: ['payments'] }, count }] });
    expect(rule(2)).toEqual([]);
    expect(rule(3)).toEqual(['policy.approvals.0.count: 3 have to say yes, and only 2 can']);
    expect(problems({ approvals: [{ count: 3 }] })).toEqual([
      'policy.approvals.0.count: 3 have to say yes, and only 2 can',
    ]);
  });
});

it('a rotation is not good when a turn of it is nobody’s', () => {
  const rotation = { start: '2026-11-02T09:00', every: '1w', members: ['mia', 'bob'] };
  const overrides = [{ from: '2026-11-03T00:00', to: '2026-11-05T00:00', person: 'xavier' }];
  const file = OnCallFile.parse({ rotations: { payments: { ...rotation, overrides } } });
  expect(rotationProblems(file, known)).toEqual([
    'rotation payments: bob is nobody who is active in people.yaml',
    'rotation payments: xavier is nobody who is active in people.yaml',
  ]);
});
