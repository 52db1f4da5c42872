import { describe, expect, it } from '@jest/globals';
import type { ApprovalQuestion, AskedBack } from '../schemas/approval.js';
import { RefusedInput } from '../schemas/parse.js';
import type { ItemSource, SourceItem } from '../schemas/work-item.js';
import { createAskBackActivities } from './ask-back.js';
import type { KnownPeople } from './ports-people.js';

// Who has answered what was asked back: by the ticket as it is now, and by who people are now.

const person = (key: string, id: string, more: object = {}) => ({ key, name: key, ids: { linear: [id] }, ...more });
const PEOPLE = {
  people: [person('ada', 'l-ada', { active: true }), person('bob', 'l-bob', { active: true })],
  bots: { linear: ['l-bot'] },
  local: false,
} as unknown as KnownPeople;
const GONE = person('gone', 'l-gone', { active: false });

const question: ApprovalQuestion = {
  ...{ id: 'ENG-1/1', item: 'ENG-1', action: 'merge', title: 't', head: 'h', planHash: 'p', risk: 'high' },
  ...{ because: ['b'], recommendation: 'r', changedFiles: [], reminderMs: 1, deadlineMs: 1 },
  requester: { id: 'l-customer', name: 'A customer' },
};
const shown = { comment: 'approval/ENG-1/1/1/x/asked-back 2', message: 'approval/ENG-1/1/1/x/news 2/told' };
const asked: AskedBack = { by: 'bob', person: 'bob', text: 'why?', shown };

type Comment = SourceItem['comments'][number];
const says = (id: string, author: string | undefined, text: string): Comment => ({
  ...{ id, text, ours: false },
  ...(author !== undefined && { author: { id: author } }),
});
const OURS: Comment = { id: 'c-asked', text: 'bob asks before deciding', ours: true };

function reading(
  comments: readonly Comment[],
  { people = PEOPLE, traces = { [shown.comment]: 'c-asked' } }: { people?: KnownPeople; traces?: object } = {},
) {
  const item = { key: 'ENG-1', comments } as unknown as SourceItem;
  const source: ItemSource = { kind: 'linear', id: 'ENG-1' };
  const activities = createAskBackActivities({
    trackers: { linear: { item: async () => item, labelled: async () => [] } },
    people: { read: async () => people },
    effects: { trace: async (_kind, key) => (traces as Record<string, string>)[key] },
  });
  return (change: Partial<Parameters<typeof activities.readReply>[0]> = {}) =>
    activities.readReply({ question, source, asked, heard: [], ...change });
}

describe('the answer to what was asked back', () => {
  it('is the first comment below the question of somebody whom people.yaml knows', async () => {
    const before = says('c-0', 'l-ada', 'before anybody asked');
    const read = reading([before, OURS, says('c-1', 'l-ada', ' Because of March. '), says('c-2', 'l-ada', 'more')]);
    expect(await read()).toEqual({ by: 'ada', text: 'Because of March.', comment: 'c-1' });
  });

  it.each([
    ['a stranger', says('c-1', 'l-stranger', 'merge it!')],
    ['a program', says('c-1', 'l-bot', 'merge it!')],
    ['nobody in particular', says('c-1', undefined, 'merge it!')],
    ['whoever asked', says('c-1', 'l-bob', 'never mind')],
    ['somebody who has left', says('c-1', 'l-gone', 'merge it!')],
    ['ourselves', { ...says('c-1', 'l-ada', 'Reminder'), ours: true }],
    ['somebody without a word', says('c-1', 'l-ada', '  ')],
  ])('is not what %s writes', async (_who, comment) => {
    const people = { ...PEOPLE, people: [...PEOPLE.people, GONE] } as unknown as KnownPeople;
    expect(await reading([OURS, comment], { people })()).toBeNull();
  });

  it('is what the requester says, on the map or not', async () => {
    const read = reading([OURS, says('c-1', 'l-stranger', 'no'), says('c-2', 'l-customer', 'March has 31 days')]);
    expect(await read()).toMatchObject({ by: 'l-customer', text: 'March has 31 days' });
  });

  it('is no comment that has answered another question, and nothing above the own one', async () => {
    const read = reading([OURS, says('c-1', 'l-ada', 'to the first'), says('c-2', 'l-ada', 'to the second')]);
    expect(await read({ heard: ['c-1'] })).toMatchObject({ comment: 'c-2' });
    expect(await reading([says('c-1', 'l-ada', 'early')])()).toBeNull();
    expect(await reading([OURS, says('c-1', 'l-ada', 'x')], { traces: {} })()).toBeNull();
  });

  it('in a thread of a chat stands below the message that asked', async () => {
    const traces = { [shown.message]: 'm-1' };
    const read = reading([{ ...OURS, id: 'm-1' }, says('m-2', 'l-ada', 'so')], { traces });
    expect(await read()).toMatchObject({ text: 'so' });
  });

  it('is nothing while nobody can be told from a stranger, or nothing was shown', async () => {
    const comments = [OURS, says('c-1', 'l-ada', 'x')];
    const broken = createAskBackActivities({
      trackers: { linear: { item: async () => ({ comments }) as unknown as SourceItem, labelled: async () => [] } },
      people: { read: () => Promise.reject(new RefusedInput('people.yaml', ['broken'])) },
      effects: { trace: async () => 'c-asked' },
    });
    const input = { question, source: { kind: 'linear' as const, id: 'ENG-1' }, asked, heard: [] };
    expect(await broken.readReply(input)).toBeNull();
    const { shown: _none, ...old } = asked;
    expect(await reading(comments)({ asked: old })).toBeNull();
  });
});
