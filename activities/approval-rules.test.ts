import { describe, expect, it } from '@jest/globals';
import type { ApprovalQuestion } from '../schemas/approval.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import { ApprovalRule, Escalation } from '../schemas/blueprint.js';
import { PeopleFile } from '../schemas/people.js';
import { type Facts, judge, misfit, neededOf, whoCould, whoMay } from './approval-rules.js';

// What the policy means. Who may never approve is in test/p12.test.ts.

const people = PeopleFile.parse({
  people: [
    { key: 'alice', name: 'Alice', teams: 'payments', ids: { linear: 'lin-a', github: '11' }, handles: 'alice-gh' },
    { key: 'bob', name: 'Bob', teams: 'web', roles: 'security', ids: { linear: 'lin-b' }, email: 'bob@example.com' },
    { key: 'carol', name: 'Carol', teams: ['payments'], ids: { slack: 'U1' } },
    { key: 'dave', name: 'Dave', ids: { linear: 'lin-d' } },
    { key: 'root', name: 'Root', roles: ['admin'], ids: { linear: 'lin-r' } },
    { key: 'gone', name: 'Gone', teams: ['payments'], ids: { linear: 'lin-g' }, active: false },
  ],
});
const question: ApprovalQuestion = {
  ...{ id: 'ENG-1/1', item: 'ENG-1', action: 'merge', title: 't', head: 'h', planHash: 'p', risk: 'high' },
  ...{ because: ['b'], recommendation: 'r', changedFiles: [], reminderMs: 1, deadlineMs: 1 },
};
const record = (key: string, change: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
  ...{ question: 'ENG-1/1', action: 'merge', head: 'h', planHash: 'p', decision: 'approve', reason: '', via: 'cli' },
  ...{ actor: { source: 'cli', id: key }, mission: 'mission/ENG-1', at: '2026-11-21T10:00:00Z' },
  ...{ nonce: 'a'.repeat(32), keyId: 'k', signature: 's' },
  ...change,
});

interface Given extends Partial<Facts> {
  readonly rules?: readonly unknown[];
  readonly escalation?: readonly unknown[];
}
function facts({ rules = [], escalation = [], ...change }: Given = {}): Facts {
  return {
    people: { ...people, local: false },
    ...{ question, requesterSource: 'linear', escalated: 0, onCall: new Map() },
    change: { paths: ['src/pay/tax.ts', 'README.md'], owners: [], authors: [] },
    terms: {
      rules: rules.map((rule) => ApprovalRule.parse(rule)),
      escalation: escalation.map((one) => Escalation.parse(one)),
    },
    ...change,
  };
}
const could = (given: Given) => whoCould(facts(given)).map(({ key }) => key);

describe('who may say yes', () => {
  it('is any one active person, where the policy says nothing', () => {
    expect(could({})).toEqual(['alice', 'bob', 'carol', 'dave', 'root']);
    expect(neededOf(facts())).toEqual([{ rule: -1, count: 1 }]);
  });

  it.each<[string, unknown, string[]]>([
    ['a team', { teams: ['payments'] }, ['alice', 'carol', 'root']],
    ['a role', { roles: ['security'] }, ['bob', 'root']],
    ['a team or a role', { teams: ['payments'], roles: ['security'] }, ['alice', 'bob', 'carol', 'root']],
    ['somebody by name', { people: ['dave'] }, ['dave', 'root']],
    ['whoever is on call', { onCall: ['shop'] }, ['dave', 'root']],
    ['the owners of the paths', { codeowners: true }, ['alice', 'bob', 'carol', 'root']],
    ['nobody, where an owner is meant and none is named', { codeowners: false }, ['root']],
  ])('is %s, and admins', (_what, from, expected) => {
    const change = {
      paths: ['a'],
      owners: ['@alice-gh', 'bob@example.com', '@shop/payments', '@stranger'],
      authors: [],
    };
    expect(could({ rules: [{ from }], onCall: new Map([['shop', ['dave']]]), change })).toEqual(expected);
  });

  it('depends on action, risk and the paths that are changed; every rule that applies must be met', () => {
    const rules = [
      { actions: ['merge'], from: { teams: ['payments'] }, count: 2 },
      { actions: ['raise-budget'], from: { people: ['dave'] } },
      { risks: ['low'], from: { people: ['dave'] } },
      { paths: ['src/pay/**'], from: { roles: ['security'] } },
      { paths: ['docs/**'], from: { people: ['dave'] } },
    ];
    expect(neededOf(facts({ rules }))).toEqual([
      { rule: 0, count: 2 },
      { rule: 3, count: 1 },
    ]);
    expect(judge(record('bob'), facts({ rules }))).toMatchObject({ person: { key: 'bob' }, rules: [3] });
    expect(judge(record('alice'), facts({ rules }))).toMatchObject({ rules: [0] });
    expect(judge(record('root'), facts({ rules }))).toMatchObject({ rules: [0, 3] });
    expect(whoMay(facts({ rules }))).toBe('2 of team payments; and role security');
  });

  it('widens with the escalation, and not before it is reached', () => {
    const given = {
      rules: [{ from: { teams: ['payments'] } }],
      escalation: [
        { after: '4h', to: { onCall: ['shop'] } },
        { after: '8h', to: { roles: ['security'] } },
      ],
      onCall: new Map([['shop', ['dave']]]),
    };
    expect(could({ ...given, escalated: 0 })).toEqual(['alice', 'carol', 'root']);
    expect(could({ ...given, escalated: 1 })).toEqual(['alice', 'carol', 'dave', 'root']);
    expect(could({ ...given, escalated: 2 })).toEqual(['alice', 'bob', 'carol', 'dave', 'root']);
  });
});

describe('who may not', () => {
  const asked = { ...question, requester: { id: 'lin-x' } };

  it('is somebody who may be the requester, as far as people.yaml can tell', () => {
    expect(judge(record('carol'), facts({ question: asked }))).toEqual({
      refused: expect.stringContaining('Carol has no linear id in people.yaml, and linear lin-x'),
    });
    expect(judge(record('dave'), facts({ question: asked }))).toMatchObject({ person: { key: 'dave' } });
  });

  it('is one author more, when a commit is by nobody we know', () => {
    const change = { paths: ['a'], owners: [], authors: ['who@example.com'] };
    expect(neededOf(facts({ change }))).toEqual([{ rule: -1, count: 2 }]);
    const known = { ...change, authors: ['bob@example.com', '11+alice@users.noreply.github.com'] };
    expect(neededOf(facts({ change: known }))).toEqual([{ rule: -1, count: 1 }]);
    for (const key of ['alice', 'bob']) {
      expect(judge(record(key), facts({ change: known }))).toEqual({
        refused: expect.stringContaining('is an author'),
      });
    }
  });
});

describe('what is not a yes', () => {
  const rules = [{ from: { teams: ['payments'] } }];
  const requested = { ...question, requester: { id: 'lin-d' } };

  it('a no: of whoever may decide, and of whoever asked for the change; not of others', () => {
    const no = { decision: 'reject' } as const;
    expect(judge(record('alice', no), facts({ rules }))).toMatchObject({ person: { key: 'alice' } });
    expect(judge(record('dave', no), facts({ rules, question: requested }))).toMatchObject({ person: { key: 'dave' } });
    expect(judge(record('bob', no), facts({ rules }))).toEqual({ refused: expect.stringContaining('may not decide') });
  });

  it('a question: of anybody who is known', () => {
    const ask = { decision: 'ask-back' } as const;
    expect(judge(record('bob', ask), facts({ rules }))).toMatchObject({ person: { key: 'bob' } });
    expect(judge(record('gone', ask), facts({ rules }))).toEqual({ refused: 'Gone is not active any more' });
  });

  it('handing over: to somebody who may decide, by somebody who may', () => {
    const to = (whom: ApprovalRecord['to']) => ({ decision: 'hand-over', to: whom }) as const;
    const by = (key: string, whom: ApprovalRecord['to']) => judge(record(key, to(whom)), facts({ rules }));
    expect(by('alice', { person: 'carol' })).toMatchObject({ person: { key: 'alice' } });
    expect(by('alice', { team: 'payments' })).toMatchObject({ person: { key: 'alice' } });
    expect(by('alice', { person: 'bob' })).toEqual({ refused: 'bob may not decide on ENG-1/1' });
    expect(by('alice', { person: 'gone' })).toEqual({ refused: 'gone may not decide on ENG-1/1' });
    expect(by('alice', { team: 'nobody' })).toEqual({ refused: 'there is no team nobody in people.yaml' });
    expect(by('bob', { person: 'carol' })).toEqual({ refused: expect.stringContaining('Bob may not decide') });
  });
});

describe('a record that is about something else', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  it.each<[Partial<ApprovalRecord>, string | undefined]>([
    [{}, undefined],
    [{ question: 'ENG-1/2' }, 'the answer is to ENG-1/2'],
    [{ mission: 'mission/ENG-2' }, 'the answer is for mission/ENG-2'],
    [{ action: 'raise-budget' }, 'the answer is to "raise-budget"'],
    [{ head: 'x' }, 'head: this question is about h'],
    [{ planHash: 'x' }, 'the plan has changed'],
    [{ at: '2026-11-21T09:55:00Z' }, undefined],
    [{ at: '2026-11-21T09:54:59Z' }, 'more than 5 minutes from now'],
    [{ at: '2026-11-21T10:05:01Z' }, 'more than 5 minutes from now'],
    [{ at: 'soon' }, 'more than 5 minutes from now'],
  ])('%j', (change, because) => {
    const said = misfit(record('alice', change), question, 'mission/ENG-1', now);
    if (because === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(because);
  });
});
