import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { chatKey } from '../../schemas/chat-key.js';
import type { Told } from '../../test/fakes/slack-people.js';
import { BOT } from '../../test/fakes/slack-workspace.js';
import {
  ADA,
  aMission,
  answersTo,
  BOB,
  GUEST,
  OTHERS,
  PARCELS,
  type TestSlack,
  testSlack,
} from '../../test/slack-door.js';

let test: TestSlack;
const here = { channel: PARCELS, user: ADA };

beforeAll(async () => {
  test = await testSlack();
});
beforeEach(() => {
  for (const list of [test.signals, test.requests, test.orders, test.answers, test.decisions, test.lines])
    list.length = 0;
  test.missions.clear();
  test.triages.clear();
  Object.assign(test, { away: undefined, slowMs: 0, look: async () => undefined });
  test.missions.set('ENG-101', aMission());
});
afterEach(() => {
  // Whatever was said, Slack took it.
  expect(test.slack.problems.splice(0)).toEqual([]);
});
afterAll(() => test.close());

const run = (text: string, where = here) => test.send(test.slack.people.command(text, where));
const said = (body: unknown) => JSON.stringify(body);

/** As the client throws it when the server is not there. */
function awayError(): Error {
  const cause = Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: '', metadata: {} });
  return new ServiceError('Temporal is away', { cause });
}

describe('/signalbox', () => {
  it.each([
    ['', 'shows what there is'],
    ['help', 'shows what there is'],
  ])('"%s" %s', async (text) => {
    const { status, body } = await run(text);
    expect([status, body]).toMatchObject([200, { response_type: 'ephemeral' }]);
    expect(said(body)).toContain('/signalbox run');
  });

  it('run asks for a mission: Temporal has it before it is acknowledged', async () => {
    const { body } = await run('run in parcels: Totals are wrong\nThey should be exact');
    expect(said(body)).toContain('on its way');
    const [request] = test.requests;
    expect(request?.input.signal).toMatchObject({
      ...{ source: 'slack', type: 'prompt.submitted', id: request?.id },
      data: {
        title: 'Totals are wrong',
        text: 'Totals are wrong\nThey should be exact',
        repo: 'parcels',
        actor: { id: ADA },
      },
    });
    expect(request?.input.message).toMatchObject({
      channel: PARCELS,
      text: expect.stringContaining('Totals are wrong'),
    });
  });

  it('run without a text opens a form, and what is written there asks for the same', async () => {
    await run('run');
    const [view] = test.slack.workspace.views.splice(0);
    if (!view) throw new Error('no form was opened');
    const { status, body } = await test.send(test.slack.people.submit(view, { text: 'Totals are wrong' }, ADA));
    expect([status, body]).toEqual([200, undefined]);
    expect(test.requests).toMatchObject([
      { input: { message: { channel: PARCELS }, signal: { data: { actor: { id: ADA } } } } },
    ]);
  });

  it('incident opens one, and again the same one', async () => {
    const { body } = await run('incident Quotes fail with 500!');
    await run('incident quotes fail, with 500');
    expect(said(body)).toMatch(/The incident is open: `slack-[0-9a-f]{16}`/);
    const [first, second] = test.signals;
    expect(first).toMatchObject({ type: 'alert.fired', data: { alert: { severity: 'urgent', status: 'firing' } } });
    expect(second?.subject).toBe(first?.subject);
    expect(second?.id).not.toBe(first?.id);
  });

  it('status shows what runs in the repos of the channel, and one mission with its tasks', async () => {
    test.missions.set('SEC-1', aMission({ item: 'SEC-1', repo: 'secrets' }));
    const all = said((await run('status')).body);
    expect(all).toContain('ENG-101');
    expect(all).not.toContain('SEC-1');
    expect(said((await run('status ENG-101')).body)).toContain(':white_check_mark: `mend-totals`');
    expect(said((await run('status SEC-1')).body)).toContain('This channel has nothing to do with secrets');
    expect(said((await run('status ENG-9')).body)).toContain('There is no mission ENG-9');
  });

  it('triage shows what is not clear enough, with a way to answer', async () => {
    const missing = ['expected: What should happen instead?'];
    const asking = { dedupeKey: 'linear/ENG-7', stage: 'asking' as const, because: 'missing', missing, folded: 2 };
    test.triages.set('ENG-7', asking);
    for (const text of ['triage', 'triage ENG-7']) {
      const body = said((await run(text)).body);
      expect(body).toContain('What should happen instead?');
      expect(body).toContain('triage_answer');
    }
    expect(said((await run('triage ENG-8')).body)).toContain('There is no triage of ENG-8');
  });

  it.each([
    ['split ENG-7', { kind: 'split' }],
    ['merge ENG-7 ENG-6', { kind: 'merge', into: 'ENG-6' }],
    ['move ENG-7 parcels', { kind: 'move', repo: 'parcels' }],
  ])('triage %s puts right where triage has put an item', async (text, to) => {
    test.triages.set('ENG-7', { dedupeKey: 'linear/ENG-7', stage: 'running', because: '', missing: [], folded: 0 });
    await run(`triage ${text}`);
    expect(test.corrections.splice(0)).toMatchObject([{ dedupeKey: 'linear/ENG-7', to, by: { name: 'Ada' } }]);
  });

  it('mine shows what somebody asked for', async () => {
    test.missions.set('ENG-2', aMission({ item: 'ENG-2', requester: { id: BOB } }));
    test.missions.set('ENG-3', aMission({ item: 'ENG-3', requester: { id: ADA } }));
    const body = said((await run('mine')).body);
    expect(body).toContain('`ENG-3`');
    expect(body).not.toContain('`ENG-2`');
  });

  it.each([
    ['steer ENG-101 Leave the rounding alone', { kind: 'steer', text: 'Leave the rounding alone' }],
    ['pause ENG-101', { kind: 'pause', text: '' }],
    ['resume ENG-101', { kind: 'resume', text: '' }],
    ['cancel mission/ENG-101 wrong ticket', { kind: 'cancel', text: 'wrong ticket' }],
  ])('%s gives the order in the name of its person', async (text, order) => {
    const { body } = await run(text);
    expect(test.orders).toMatchObject([{ ...order, item: 'ENG-101', by: { id: `slack:${ADA}`, name: 'Ada' } }]);
    expect(said(body)).toContain('`ENG-101`');
  });

  it('steer without a text opens a form', async () => {
    await run('steer ENG-101');
    const [view] = test.slack.workspace.views.splice(0);
    if (!view) throw new Error('no form was opened');
    await test.send(test.slack.people.submit(view, { text: 'Leave it alone' }, BOB));
    expect(test.orders).toMatchObject([
      { kind: 'steer', item: 'ENG-101', text: 'Leave it alone', by: { name: 'Bob' } },
    ]);
  });

  it('approve shows the question with its buttons, and decides nothing', async () => {
    test.look = async () => ({ question: QUESTION, state: 'open', askedAt: '2026-01-02T10:00:00.000Z', reminders: 0 });
    const body = said((await run('approve ENG-101')).body);
    expect(body).toContain('approval_approve');
    expect(body).toContain('May this change be merged?');
    expect(test.decisions).toEqual([]);
    expect(said((await run('approve')).body)).toContain('/signalbox approve ENG-101/1');
    expect(said((await run('approve ENG-5')).body)).toContain('Nothing of ENG-5 waits');
  });

  it.each([
    ['dance', 'There is no command'],
    ['cancel', 'Which mission?'],
    ['status <script>', 'is no name of a mission'],
  ])('%s says what is wrong, to nobody else', async (text, problem) => {
    expect((await run(text)).body).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining(problem),
    });
  });
});

const QUESTION = {
  ...{ id: 'ENG-101/1', item: 'ENG-101', action: 'merge' as const, title: 'Totals', head: 'a'.repeat(40) },
  ...{ planHash: 'p1', risk: 'high' as const, because: ['a person must look'], recommendation: 'merge' },
  ...{ changedFiles: ['src/totals.ts'], reminderMs: 1, deadlineMs: 1 },
};

describe('a guest', () => {
  it.each(['run do it', 'cancel ENG-101', 'steer ENG-101 x', 'incident all is down', 'approve', 'mine'])(
    'may not "%s", and is told how to get to',
    async (text) => {
      const { body } = await run(text, { channel: PARCELS, user: GUEST });
      expect(said(body)).toContain(`add your id ${GUEST} to people.yaml`);
      expect([test.requests, test.orders, test.signals]).toEqual([[], [], []]);
    },
  );

  it('may look', async () => {
    expect(said((await run('status', { channel: PARCELS, user: GUEST })).body)).toContain('ENG-101');
  });

  it('is also whoever has left', async () => {
    expect(said((await run('pause ENG-101', { channel: PARCELS, user: 'U0EVE00001' })).body)).toContain('people.yaml');
  });

  it.each(['run do it', 'status', 'help'])(
    'and everybody else are told that another channel is none: "%s"',
    async (text) => {
      expect(said((await run(text, { channel: OTHERS, user: ADA })).body)).toContain('does not work in this channel');
      expect(test.requests).toEqual([]);
    },
  );
});

describe('a message becomes a mission', () => {
  const wakes = (ts: string, type = 'ticket.labelled') => ({
    source: 'slack',
    type,
    subject: chatKey({ channel: PARCELS, ts }),
  });

  it('by a mention, and sent again it is the same signal', async () => {
    const message = test.slack.workspace.say(PARCELS, ADA, `<@${BOT.id}> mend the totals`);
    const mention = test.slack.people.mention(PARCELS, message);
    expect((await test.send(mention)).status).toBe(200);
    await test.send(mention, { retry: 1 });
    const [first, again] = test.signals;
    expect(first).toMatchObject(wakes(message.ts));
    expect(again).toMatchObject({ id: first?.id, bodyhash: first?.bodyhash });
    expect(first?.data).not.toHaveProperty('text');
  });

  it('by a mention in a thread: the thread is the item; where its mission runs, the mention steers it', async () => {
    const root = test.slack.workspace.say(PARCELS, BOB, 'Totals are wrong');
    const reply = test.slack.workspace.say(PARCELS, ADA, `<@${BOT.id}> please`, root.ts);
    await test.send(test.slack.people.mention(PARCELS, reply));
    expect(test.signals).toMatchObject([wakes(root.ts)]);
    const item = chatKey({ channel: PARCELS, ts: root.ts });
    test.missions.set(item, aMission({ item }));
    await test.send(test.slack.people.mention(PARCELS, reply));
    expect(test.orders).toMatchObject([{ kind: 'steer', item, text: 'please' }]);
  });

  it('by the emoji, also on a reply: then the thread is the item', async () => {
    const root = test.slack.workspace.say(PARCELS, BOB, 'Totals are wrong');
    const reply = test.slack.workspace.say(PARCELS, BOB, 'By one cent', root.ts);
    await test.send(test.slack.people.reaction('railway_track', root, here));
    await test.send(test.slack.people.reaction('railway_track', reply, here));
    await test.send(test.slack.people.reaction('eyes', root, here));
    expect(test.signals).toMatchObject([wakes(root.ts), wakes(root.ts)]);
  });

  it('by its menu', async () => {
    const message = test.slack.workspace.say(PARCELS, BOB, 'Totals are wrong');
    const shortcut = test.slack.people.shortcut('make_mission', message, here);
    expect(await test.send(shortcut)).toEqual({ status: 200, body: undefined });
    expect(test.signals).toMatchObject([wakes(message.ts)]);
    expect(await answersTo(test, shortcut)).toMatchObject([{ response_type: 'ephemeral' }]);
  });

  it('and a reply in a thread wakes its triage', async () => {
    const root = test.slack.workspace.say(PARCELS, BOB, 'Totals are wrong');
    const reply = test.slack.workspace.say(PARCELS, BOB, 'They should be 12', root.ts);
    await test.send(test.slack.people.message(PARCELS, reply));
    await test.send(test.slack.people.message(PARCELS, root));
    expect(test.signals).toMatchObject([wakes(root.ts, 'ticket.commented')]);
  });

  it.each<[string, () => Told]>([
    ['a guest', () => test.slack.people.mention(PARCELS, test.slack.workspace.say(PARCELS, GUEST, 'x'))],
    [
      'somebody in another channel',
      () => test.slack.people.mention(OTHERS, test.slack.workspace.say(OTHERS, ADA, 'x')),
    ],
    ['the app itself', () => test.slack.people.mention(PARCELS, test.slack.workspace.say(PARCELS, BOT.id, 'x'))],
    [
      'the emoji of the app itself',
      () => {
        const message = test.slack.workspace.say(PARCELS, ADA, 'x');
        return test.slack.people.reaction('railway_track', message, { channel: PARCELS, user: BOT.id });
      },
    ],
    [
      'another bot',
      () => {
        test.slack.workspace.addUser('U0ROBOT001', 'robot', { bot: true });
        const root = test.slack.workspace.say(PARCELS, ADA, 'x');
        return test.slack.people.message(PARCELS, test.slack.workspace.say(PARCELS, 'U0ROBOT001', 'y', root.ts));
      },
    ],
    [
      'a bot that posts as apps do today, without a subtype',
      () => {
        test.slack.workspace.addUser('U0ROBOT002', 'robot', { bot: true });
        const root = test.slack.workspace.say(PARCELS, ADA, 'x');
        const reply = test.slack.workspace.say(PARCELS, 'U0ROBOT002', 'y', root.ts);
        // Also one that people.yaml names.
        return test.slack.people.message(PARCELS, reply, { subtype: undefined, user: ADA });
      },
    ],
    [
      'an edit',
      () => {
        const root = test.slack.workspace.say(PARCELS, ADA, 'x');
        const reply = test.slack.workspace.say(PARCELS, ADA, 'y', root.ts);
        return test.slack.people.message(PARCELS, reply, { subtype: 'message_changed' });
      },
    ],
  ])('but not by %s', async (_who, told) => {
    expect((await test.send(told())).status).toBe(200);
    expect(test.signals).toEqual([]);
  });
});

describe('while Temporal is away', () => {
  beforeEach(() => {
    test.away = awayError();
  });

  it('an event is not acknowledged, so that Slack sends it again', async () => {
    const mention = test.slack.people.mention(PARCELS, test.slack.workspace.say(PARCELS, ADA, 'x'));
    expect((await test.send(mention)).status).toBe(503);
    test.away = undefined;
    expect((await test.send(mention, { retry: 1 })).status).toBe(200);
    expect(test.signals).toHaveLength(1);
  });

  it('a command says that nothing was accepted', async () => {
    const { status, body } = await run('run do it');
    expect([status, said(body)]).toEqual([200, expect.stringContaining('nothing was accepted')]);
  });
});

describe('whatever takes long is acknowledged before it ends', () => {
  // Twice the three seconds that Slack waits: the work is far from its end when the acknowledgement is due.
  const SLOW_MS = 6_000;
  beforeEach(() => {
    test.slowMs = SLOW_MS;
  });

  it('a command: its answer comes later, to the same person', async () => {
    const command = test.slack.people.command('status', here);
    const started = performance.now();
    expect(await test.send(command)).toEqual({ status: 200, body: undefined });
    expect(performance.now() - started).toBeLessThan(SLOW_MS);
    expect(await answersTo(test, command)).toMatchObject([{ response_type: 'ephemeral', text: '1 missions' }]);
  });

  it('an event: Slack is asked to send it again, and nothing of it is lost', async () => {
    const mention = test.slack.people.mention(PARCELS, test.slack.workspace.say(PARCELS, ADA, 'x'));
    const started = performance.now();
    expect((await test.send(mention)).status).toBe(503);
    expect(performance.now() - started).toBeLessThan(SLOW_MS);
  });
});
