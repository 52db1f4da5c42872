import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { createOnCall } from '../adapters/people/on-call.js';
import { createPeople } from '../adapters/people/people-file.js';
import { TriageEscalation } from '../schemas/triage-settings.js';
import { messageProblems } from '../test/fakes/slack-blocks.js';
import { createTriageTimeActivities, type OpenItem } from './triage-time.js';

// Real files of people and rotations; nobody is told by these steps, they say whom to tell.

const directory = mkdtempSync(join(tmpdir(), 'signalbox-triage-time-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ITEM: OpenItem = {
  ...{ source: 'linear', subject: 'ENG-7', key: 'linear/ENG-7', stage: 'asking' },
  ...{ because: 'expected: What should <!channel> happen instead?', receivedAt: '2026-11-20T10:00:00Z' },
};

const PEOPLE = [
  { key: 'alice', name: 'Alice', teams: ['payments'], ids: { slack: 'U0ALICE' } },
  { key: 'bob', name: 'Bob', roles: ['triage'] },
  { key: 'xavier', name: 'Xavier', roles: ['triage'], active: false },
  { key: 'carol', name: 'Carol', ids: { slack: 'U0CAROL' } },
];

function steps(policy: Record<string, unknown>, channel?: string) {
  const [people, rotations] = [join(directory, 'people.yaml'), join(directory, 'on-call.yaml')];
  writeFileSync(people, stringify({ people: PEOPLE }));
  const start = '2020-01-01T00:00';
  writeFileSync(rotations, stringify({ rotations: { web: { start, every: '1w', members: ['carol'] } } }));
  const late: string[] = [];
  return {
    late,
    ...createTriageTimeActivities({
      policy: TriageEscalation.parse(policy),
      people: createPeople({ file: people, local: false }),
      onCall: createOnCall({ file: rotations, pagerdutyKey: undefined, opsgenieKey: undefined }),
      channel,
      meter: { triageDecided: () => undefined, triageLate: (source) => void late.push(source) },
    }),
  };
}

describe('who is told before the 24 hours are over', () => {
  it('is by the policy: after 22 hours by default, or when it says, or never', async () => {
    expect(await steps({}).triageTerms()).toEqual({ escalateMs: 22 * 3_600_000 });
    expect(await steps({ after: '90m' }).triageTerms()).toEqual({ escalateMs: 90 * 60_000 });
    expect(await steps({ after: 'never' }).triageTerms()).toEqual({ escalateMs: null });
  });

  it('is whoever is on call now, in the team or in the role, and nobody who has left', async () => {
    const to = { onCall: ['web'], teams: ['payments'], roles: ['triage'] };
    const news = await steps({ to }, 'C0TRIAGE').describeEscalation(ITEM);
    expect(news.names).toEqual(['Alice', 'Bob', 'Carol']);
    const { channel, text, blocks } = news.message ?? { channel: '', text: '', blocks: '[]' };
    expect(channel).toBe('C0TRIAGE');
    expect(messageProblems({ channel, text, blocks: JSON.parse(blocks) })).toEqual([]);
    expect(blocks).toContain('<@U0ALICE> <@U0CAROL> Alice, Bob, Carol');
    // What the item says mentions nobody.
    expect(`${text}${blocks}`).not.toContain('<!channel>');
    expect(blocks).toContain('triage_answer');
  });

  it('is told in the channel of the policy, and nowhere where there is no chat', async () => {
    const { message } = await steps({ channel: 'C0OTHER' }, 'C0TRIAGE').describeEscalation(ITEM);
    expect(message?.channel).toBe('C0OTHER');
    expect(await steps({ to: { people: ['bob'] } }).describeEscalation(ITEM)).toEqual({ names: ['Bob'] });
  });

  it('is everybody else where somebody can not be looked up, and that is said', async () => {
    const news = await steps({ to: { onCall: ['nobody-knows'], people: ['bob'] } }, 'C0TRIAGE').describeEscalation(
      ITEM,
    );
    expect(news.names).toEqual(['Bob']);
    expect(news.gap).toContain('there is no rotation "nobody-knows"');
    expect(news.message?.blocks).toContain('nobody-knows');
  });
});

it('what is late is counted by its source', async () => {
  const at = steps({});
  await at.noteLate({ source: 'jira' });
  expect(at.late).toEqual(['jira']);
});
