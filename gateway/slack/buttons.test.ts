import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { approvalMessage } from '../../chat/approval.js';
import { missionMessage } from '../../chat/mission.js';
import { BOT, BOT_ID, type StoredMessage } from '../../test/fakes/slack-workspace.js';
import { ADA, aMission, answersTo, BOB, GUEST, PARCELS, type TestSlack, testSlack } from '../../test/slack-door.js';

let test: TestSlack;
const here = { channel: PARCELS, user: ADA };

beforeAll(async () => {
  test = await testSlack();
});
beforeEach(() => {
  for (const list of [test.orders, test.answers, test.decisions, test.deeds]) list.length = 0;
  test.slack.workspace.views.length = 0;
  test.receipt = { taken: true, said: 'ENG-101/1 is approved' };
  test.missions.clear();
  test.missions.set('ENG-101', aMission());
});
afterAll(() => test.close());

const QUESTION = {
  ...{ id: 'ENG-101/1', item: 'ENG-101', action: 'merge' as const, title: 'Totals', head: 'a'.repeat(40) },
  ...{ planHash: 'p1', risk: 'high' as const, because: ['a person must look'], recommendation: 'merge' },
  ...{ changedFiles: ['src/totals.ts'], reminderMs: 1, deadlineMs: 1 },
};

/** As our own message in the channel. */
function posted({ text, blocks }: ReturnType<typeof missionMessage>): StoredMessage {
  const { workspace } = test.slack;
  const message = { ts: workspace.time(), user: BOT.id, bot_id: BOT_ID, text, blocks: blocks as never, reactions: [] };
  return workspace.post(PARCELS, message);
}

function form() {
  const [view] = test.slack.workspace.views.splice(0);
  if (!view) throw new Error('no form was opened');
  return view;
}

describe('the buttons of a question', () => {
  const question = () => posted(approvalMessage({ question: QUESTION, state: 'open' }));

  it('approve hands in who pressed, and exactly what was shown', async () => {
    const press = test.slack.people.press('approval_approve', question(), here);
    expect((await test.send(press)).status).toBe(200);
    expect(test.decisions).toEqual([
      {
        ...{ question: 'ENG-101/1', action: 'merge', head: 'a'.repeat(40), planHash: 'p1' },
        ...{ decision: 'approve', reason: '', via: 'slack', actor: { source: 'slack', id: ADA } },
      },
    ]);
    expect(JSON.stringify(await answersTo(test, press))).toContain('ENG-101/1 is approved');
  });

  it('make one answer of one press, however often Slack sends it', async () => {
    const press = test.slack.people.press('approval_approve', question(), here);
    for (let times = 0; times < 2; times++) await test.send(press);
    await test.send(test.slack.people.press('approval_approve', question(), here));
    const [first, again, another] = test.deeds;
    expect(first).toBeDefined();
    expect(again).toBe(first);
    expect(another).not.toBe(first);
    await test.send(test.slack.people.press('approval_reject', question(), here));
    const filled = test.slack.people.submit(form(), { text: 'no' }, ADA);
    for (let times = 0; times < 2; times++) await test.send(filled);
    expect(new Set(test.deeds.slice(3)).size).toBe(1);
    expect(test.deeds[3]).toBeDefined();
  });

  it('say so when an answer does not count', async () => {
    test.receipt = { taken: false, said: 'whoever asked for the change cannot approve it' };
    const press = test.slack.people.press('approval_approve', question(), here);
    await test.send(press);
    expect(JSON.stringify(await answersTo(test, press))).toContain('It does not count: whoever asked');
  });

  it.each([
    ['approval_reject', 'reject', { text: 'wrong rounding' }, { reason: 'wrong rounding' }],
    ['approval_ask_back', 'ask-back', { text: 'why?' }, { reason: 'why?' }],
    ['approval_hand_over', 'hand-over', { text: 'yours', person: BOB }, { reason: 'yours', to: { person: 'bob' } }],
  ])('%s asks for its reason in a form', async (action, decision, values, expected) => {
    await test.send(test.slack.people.press(action, question(), here));
    expect(test.decisions).toEqual([]);
    expect(await test.send(test.slack.people.submit(form(), values, ADA))).toEqual({ status: 200, body: undefined });
    expect(test.decisions).toMatchObject([{ decision, question: 'ENG-101/1', actor: { id: ADA }, ...expected }]);
  });

  it('keep the form open when the answer does not count, with the reason under the field', async () => {
    test.receipt = { taken: false, said: 'the change moved on' };
    await test.send(test.slack.people.press('approval_reject', question(), here));
    const { body } = await test.send(test.slack.people.submit(form(), { text: 'no' }, ADA));
    expect(body).toMatchObject({ response_action: 'errors', errors: { text: expect.stringContaining('moved on') } });
  });

  it('do nothing for a guest, or to hand over to one', async () => {
    const press = test.slack.people.press('approval_approve', question(), { channel: PARCELS, user: GUEST });
    await test.send(press);
    expect(JSON.stringify(await answersTo(test, press))).toContain('people.yaml');
    await test.send(test.slack.people.press('approval_hand_over', question(), here));
    const { body } = await test.send(test.slack.people.submit(form(), { person: GUEST }, ADA));
    expect(body).toMatchObject({ response_action: 'errors' });
    expect(test.decisions).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['another shape', '{"question":"ENG-101/1"}'],
    ['nothing', ''],
  ])('refuse a button that carries %s', async (_what, value) => {
    const message = question();
    const element = { type: 'button', action_id: 'approval_approve', value };
    const press = test.slack.people.pressed({ type: 'actions' }, element, message, here);
    await test.send(press);
    expect(JSON.stringify(await answersTo(test, press))).toContain('this button');
    expect(test.decisions).toEqual([]);
  });
});

describe('the buttons of a mission', () => {
  const card = (change: Parameters<typeof aMission>[0] = {}) => posted(missionMessage({ status: aMission(change) }));

  it.each([
    ['mission_pause', {}, 'pause'],
    ['mission_resume', { paused: true }, 'resume'],
    ['mission_cancel', {}, 'cancel'],
  ])('%s gives the order', async (action, change, kind) => {
    const press = test.slack.people.press(action, card(change), here);
    await test.send(press);
    await test.send(press);
    expect(test.orders).toMatchObject([{ kind, item: 'ENG-101' }, { kind }]);
    // Temporal takes equal ids once.
    expect(test.orders[0]?.id).toBe(test.orders[1]?.id);
  });

  it('answers what an agent asks', async () => {
    const asked = { node: 'mend', question: 'Which rounding?', options: ['up', 'even'] };
    await test.send(test.slack.people.press('mission_answer', card({ asked }), here));
    await test.send(test.slack.people.submit(form(), { text: 'even' }, ADA));
    expect(test.orders).toMatchObject([{ kind: 'answer', item: 'ENG-101', text: 'even' }]);
  });

  it('says why an order does not count', async () => {
    const message = card();
    test.missions.set('ENG-101', aMission({ outcome: { result: 'shipped' } as never }));
    const press = test.slack.people.press('mission_pause', message, here);
    await test.send(press);
    expect(JSON.stringify(await answersTo(test, press))).toContain('the mission has ended');
  });
});

it('whatever was shown or said, Slack took it', () => {
  expect(test.slack.problems).toEqual([]);
});
