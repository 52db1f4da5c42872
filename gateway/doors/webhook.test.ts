import { describe, expect, it } from '@jest/globals';
import { DoorsSection } from '../../schemas/door-settings.js';
import { testDoor } from '../testing.js';
import { webhookDoor } from './webhook.js';

// Support mail, a form: whatever sends JSON and can show that it is itself.

const SECRET = 'wh_test';
const form = { name: 'form', verify: 'token', title: '/title', text: '/answers/0/text', repo: 'shop' };

function door(change: object = {}) {
  const [webhook] = DoorsSection.parse({ webhooks: [{ ...form, ...change }] }).webhooks;
  if (!webhook) throw new Error('expected the webhook');
  const { send, ...rest } = testDoor(webhookDoor({ secrets: [SECRET], webhook }));
  const post = (content: unknown) =>
    send({ headers: { authorization: `Bearer ${SECRET}` }, body: JSON.stringify(content) });
  return { ...rest, post };
}

const filled = { title: 'Totals\n are  wrong', answers: [{ text: 'Off by a cent.' }], id: 7, from: 'eva@example.com' };

describe('a webhook that the configuration describes', () => {
  it('is a prompt, with what stands where the configuration says', async () => {
    const { post, signals } = door({ id: '/id', reporter: '/from' });
    await post(filled);
    expect(signals).toMatchObject([
      {
        ...{ source: 'webhook', type: 'prompt.submitted', subject: 'form-7' },
        data: {
          ...{ title: 'Totals are wrong', text: 'Off by a cent.', repo: 'shop' },
          actor: { id: 'eva@example.com', name: 'eva@example.com' },
        },
      },
    ]);
  });

  it('is the same item under the same id, and without one the same content', async () => {
    const { post, signals } = door();
    await post(filled);
    await post(filled);
    await post({ ...filled, answers: [{ text: 'Off by two.' }] });
    const [first, again, other] = signals.map(({ subject }) => subject);
    expect(first).toMatch(/^form-[0-9a-f]{16}$/);
    expect([again === first, other === first]).toEqual([true, false]);
  });

  it('has a key of its own for an id that could not be a key: others never share it', async () => {
    const { post, signals } = door({ id: '/id' });
    for (const id of ['<a@b>', '(a@b)', 'x'.repeat(300)]) await post({ ...filled, id });
    expect(new Set(signals.map(({ subject }) => subject)).size).toBe(3);
    for (const { subject } of signals) expect(subject).toMatch(/^form-[0-9a-f]{16}$/);
  });

  it.each([
    ['without a title', { ...filled, title: ' ' }, '/title: expected a title'],
    ['without a text', { ...filled, answers: [] }, '/answers/0/text: expected a text'],
    ['without the id that it should have', { ...filled, id: null }, '/id: expected an id'],
    ['with an object where the text should be', { ...filled, title: {} }, '/title: expected a title'],
  ])('is kept in quarantine %s', async (_how, content, reason) => {
    const { post, kept, signals } = door({ id: '/id' });
    expect((await post(content)).status).toBe(202);
    expect(kept[0]?.reason).toContain(reason);
    expect(signals).toEqual([]);
  });

  it('reads only what the document itself has', async () => {
    const { post, kept } = door({ title: '/constructor/name', text: '/__proto__/x' });
    await post(filled);
    expect(kept).toHaveLength(1);
  });

  it.each([
    ['a name that a door has already', { name: 'github' }, 'there already'],
    ['a name that is no part of an address', { name: '../x' }, 'small letters'],
    ['what is no pointer', { title: 'title' }, 'JSON Pointer'],
  ])('is refused by the configuration with %s', (_what, change, reason) => {
    expect(() => DoorsSection.parse({ webhooks: [{ ...form, ...change }] })).toThrow(reason);
  });
});
