import { expect, it } from '@jest/globals';
import { RefusedInput } from '../schemas/parse.js';
import { PeopleFile } from '../schemas/people.js';
import { createAgentSessionActivities, type SessionOrder } from './agent-session.js';
import type { People } from './ports-people.js';

const file = PeopleFile.parse({
  people: [
    { key: 'rita', name: 'Rita', ids: { linear: 'u-rita' } },
    { key: 'xavier', name: 'Xavier', ids: { linear: 'u-xavier' }, active: false },
  ],
  bots: { linear: 'u-bot' },
});
const known: People = { read: async () => ({ ...file, local: false }) };
const broken: People = { read: () => Promise.reject(new RefusedInput('people.yaml', ['not YAML'])) };

it.each<[string, People | undefined, Partial<SessionOrder>, unknown]>([
  ['of an active person', known, { by: { id: 'u-rita' } }, 'taken'],
  ['of whoever has left', known, { by: { id: 'u-xavier' } }, { refused: expect.stringContaining('not active') }],
  ['of a program', known, { by: { id: 'u-bot' } }, { refused: expect.stringContaining('is nobody') }],
  ['of a stranger', known, { by: { id: 'u-eva' } }, { refused: expect.stringContaining('the linear id u-eva') }],
  ['a prompt of a stranger who opened it', known, { by: { id: 'u-eva' }, own: true }, { refused: expect.anything() }],
  ['to stop, of whoever opened it', known, { by: { id: 'u-eva' }, own: true, order: 'cancel' }, 'taken'],
  ['to stop, of a stranger', known, { by: { id: 'u-eva' }, order: 'cancel' }, { refused: expect.anything() }],
  ['while people.yaml can not be read', broken, { by: { id: 'u-rita' } }, { refused: expect.stringContaining('YAML') }],
  ['of anybody, where there is no people.yaml', undefined, { by: { id: 'u-eva' } }, 'taken'],
])('an order in a session of an agent: %s', async (_whose, people, order, expected) => {
  const given: string[] = [];
  const work = {
    order: async (_where: object, kind: string) => {
      given.push(kind);
      return 'taken' as const;
    },
    look: async () => ({ running: true, said: 'tests' }),
  };
  const { orderWork } = createAgentSessionActivities({ work, people });
  const by = { id: 'u-rita' };
  expect(await orderWork({ source: 'linear', item: 'A-1', order: 'answer', text: 'Go', by, ...order })).toEqual(
    expected,
  );
  expect(given).toHaveLength(expected === 'taken' ? 1 : 0);
});
