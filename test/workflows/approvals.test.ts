import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalNews, VerifyAnswer } from '../../activities/approvals.js';
import { createAskBackActivities } from '../../activities/ask-back.js';
import { createEffects } from '../../activities/effects.js';
import { createTrackerActivities } from '../../activities/tracker.js';
import { createEffectLedger } from '../../adapters/effects/effects.js';
import { createLinearTracker } from '../../adapters/tracker/linear.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import { linearDoor } from '../../gateway/doors/linear.js';
import { testGateway } from '../../gateway/testing.js';
import type { Approval, ApprovalQuestion, ApprovalTerms } from '../../schemas/approval.js';
import type { ApprovalRecord } from '../../schemas/approval-record.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Person } from '../../schemas/people.js';
import {
  type ApprovalStatus,
  approvalStale,
  approvalStatus,
  replyApproval,
} from '../../workflows/messages-standing.js';
import { eventually } from '../eventually.js';
import { FakeLinear } from '../fakes/linear.js';
import type { Webhook } from '../fakes/linear-webhook.js';
import { person } from '../fakes/linear-workspace.js';
import { answer } from './questions.js';
import { runChain } from './run-chain.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, stubs } from './stubs.js';

// What a question does with answers that are verified, and what it tells people. Who counts is in activities/ and P12.

describe('a question', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  const TERMS: ApprovalTerms = { rules: [{ from: {}, count: 2 }], escalation: [] };
  const question = (item: string, change: Partial<ApprovalQuestion> = {}): ApprovalQuestion => ({
    ...{ id: `${item}/1`, item, action: 'merge', title: 't', head: 'h', planHash: 'p', risk: 'high' },
    ...{ because: ['b'], recommendation: 'r', changedFiles: ['a.ts'], reminderMs: 60_000, deadlineMs: 120_000 },
    ...change,
  });
  const handleOf = (item: string) => server.client.workflow.getHandle(workflowId.approval(item, 1));
  const status = (item: string): Promise<ApprovalStatus> => handleOf(item).query(approvalStatus);

  /** Two have to say yes; whoever is verified is whom the record names. */
  function world() {
    const news: ApprovalNews[] = [];
    const comments: string[] = [];
    const verified: VerifyAnswer[] = [];
    const activities: Partial<AllActivities> = {
      verifyAnswer: async (input) => {
        verified.push(input);
        const { id } = input.record.actor;
        if (id === 'mallory') return { refused: 'mallory is nobody' };
        if (id === 'late') return { stale: 'h2' };
        return { person: { key: id, name: id }, rules: [0], needed: [{ rule: 0, count: 2 }], gone: [] };
      },
      describeApproval: async () => ({
        ...{ who: '2 of team payments', asked: [], needed: 2, size: { files: 3, added: 40, removed: 2 } },
      }),
      announceApproval: async (input) => {
        news.push(input);
      },
      comment: async ({ body }) => {
        comments.push(body);
        return { already: false };
      },
    };
    return { news, comments, verified, activities };
  }

  async function ask(asked: ApprovalQuestion, terms = TERMS, more = {}): Promise<Promise<Approval>> {
    const handle = await server.client.workflow.start('approval', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.approval(asked.item, 1) },
      args: [{ question: asked, source: { kind: 'linear', id: asked.item }, attempt: 1, terms, ...more }],
    });
    return handle.result() as Promise<Approval>;
  }
  const by = (id: string, change: Partial<ApprovalRecord> = {}) => ({
    actor: { source: 'cli', id } as const,
    ...change,
  });

  it('is approved by as many as the policy wants, each once; whoever is refused is told why', async () => {
    const { news, comments, verified, activities } = world();
    const asked = question('A-1', { proof: ['tests: pass, 12 passed'] });
    const ended = await server.working(activities, async () => {
      const result = ask(asked);
      await eventually(() => comments.length === 1);
      await expect(answer(server.client, asked, by('mallory'))).rejects.toMatchObject({
        cause: { message: 'mallory is nobody' },
      });
      expect(await answer(server.client, asked, by('alice'))).toMatchObject({
        state: 'open',
        given: [{ person: 'alice' }],
      });
      await expect(answer(server.client, asked, by('alice'))).rejects.toMatchObject({
        cause: { message: 'alice has approved already' },
      });
      expect(await answer(server.client, asked, by('bob', { reason: 'read it' }))).toMatchObject({ state: 'approved' });
      return result;
    });
    expect(ended).toMatchObject({ outcome: 'approved', by: { id: 'bob' }, reason: 'read it' });
    expect(ended.given?.map(({ person, signature }) => [person, signature])).toEqual([
      ['alice', 'c2lnbmVk'],
      ['bob', 'c2lnbmVk'],
    ]);
    expect(verified.map(({ given }) => given)).toEqual([[], [], ['alice'], ['alice']]);
    expect(comments[0]).toContain('3 files, +40 -2 lines');
    expect(comments[0]).toContain('tests: pass, 12 passed');
    expect(comments[0]).toContain('Who may answer: 2 of team payments');
    expect(comments.at(-1)).toContain('`A-1/1` is **approved** by bob: read it');
    expect(news.map((one) => [one.revision, one.news, one.state, one.given])).toEqual([
      [1, 'asked', 'open', []],
      [2, 'counted', 'open', ['alice']],
      [3, 'closed', 'approved', ['alice', 'bob']],
    ]);
    expect(new Set(news.map(({ effectKey }) => effectKey)).size).toBe(3);
  });

  it('is answered once, whoever was first', async () => {
    const { activities } = world();
    const asked = question('A-2');
    const { ended, answers } = await server.working(activities, async () => {
      const result = ask(asked);
      await eventually(async () => (await status('A-2').catch(() => undefined)) !== undefined);
      const decisions = ['reject', 'reject', 'reject'] as const;
      const tried = decisions.map((decision, n) => answer(server.client, asked, by(`p${n}`, { decision })));
      return { answers: await Promise.allSettled(tried), ended: await result };
    });
    expect(answers.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(ended.outcome).toBe('rejected');
  });

  it('whose yes has left counts no longer', async () => {
    const { activities } = world();
    const asked = question('A-3');
    const verifyAnswer: AllActivities['verifyAnswer'] = async ({ record, given }) => ({
      person: { key: record.actor.id, name: record.actor.id },
      ...{ rules: [0], needed: [{ rule: 0, count: 2 }], gone: given.filter((key) => key === 'alice') },
    });
    const ended = await server.working({ ...activities, verifyAnswer }, async () => {
      const result = ask(asked);
      await eventually(async () => (await status('A-3').catch(() => undefined)) !== undefined);
      await answer(server.client, asked, by('alice'));
      expect(await answer(server.client, asked, by('bob'))).toMatchObject({
        state: 'open',
        given: [{ person: 'bob' }],
      });
      await answer(server.client, asked, by('carol'));
      return result;
    });
    expect(ended.given?.map(({ person }) => person)).toEqual(['bob', 'carol']);
  });

  it('goes to the ticket when somebody asks back, and brings the answer to whoever decides', async () => {
    const { news, comments, activities } = world();
    const asked = question('A-4');
    await server.working(activities, async () => {
      const result = ask(asked);
      await eventually(() => comments.length === 1);
      const reply = () => handleOf('A-4').executeUpdate(replyApproval, { args: [{ text: 'no', by: { id: 'rita' } }] });
      await expect(reply()).rejects.toMatchObject({ cause: { message: 'nobody has asked anything back' } });
      await answer(server.client, asked, by('alice', { decision: 'ask-back', reason: 'is it *needed*?' }));
      await eventually(() => comments.length === 2);
      expect(comments[1]).toContain('alice asks before deciding on `A-4/1`:** is it \\*needed\\*?');
      expect(await reply()).toMatchObject({ talk: [{ by: 'alice', reply: 'no', repliedBy: 'rita' }] });
      await answer(server.client, asked, by('alice', { decision: 'hand-over', to: { team: 'web' } }));
      expect(await status('A-4')).toMatchObject({ heldBy: 'team web', state: 'open' });
      await answer(server.client, asked, by('bob', { decision: 'reject', reason: 'not needed' }));
      expect(await result).toMatchObject({ outcome: 'rejected', talk: [{ text: 'is it *needed*?', reply: 'no' }] });
    });
    expect(news.map((one) => one.news)).toEqual(['asked', 'asked-back', 'replied', 'handed-over', 'closed']);
  });

  it('hears the answer to what was asked back from the ticket, where only those who are asked can give it', async () => {
    const { news, activities } = world();
    const linear = new FakeLinear();
    await linear.start();
    const directory = await mkdtemp(join(tmpdir(), 'signalbox-asked-back-'));
    try {
      linear.addIssue({ key: 'ENG-9', title: 'Totals', description: 'are off' });
      const tracker = createLinearTracker({ apiKey: linear.apiKey, apiUrl: linear.apiUrl });
      const effects = createEffects({ ledger: createEffectLedger(directory), permitted: async () => undefined });
      const ids = { linear: [person('ada').id] };
      const ada = { key: 'ada', name: 'Ada', ids, active: true } as unknown as Person;
      const known = { people: [ada], bots: {}, local: false };
      const at = {
        ...activities,
        ...createTrackerActivities({ trackers: { linear: tracker }, effects }),
        ...createAskBackActivities({ trackers: { linear: tracker }, people: { read: async () => known }, effects }),
      };
      const dispatcher = createDispatcher({ client: server.client, dedupeMs: 1_000, withinMs: 20_000 });
      const door = linearDoor({ secrets: [linear.webhookSecret], label: 'signalbox' });
      const { app } = testGateway({ dispatcher, doors: [door] });
      const hears = async ({ headers, body }: Webhook) =>
        expect((await app.request('/webhooks/linear', { method: 'POST', headers, body })).status).toBe(200);
      const asked = question('ENG-9');
      await server.working(at, async () => {
        const result = ask(asked);
        await eventually(async () => (await status('ENG-9').catch(() => undefined)) !== undefined);
        await answer(server.client, asked, by('alice', { decision: 'ask-back', reason: 'is March meant?' }));
        await eventually(() =>
          linear.workspace.issue('ENG-9').comments.some(({ body }) => body.includes('March meant')),
        );
        await hears(linear.addComment('ENG-9', 'Yes, and merge it at once', person('stranger')));
        await hears(linear.addComment('ENG-9', 'Yes, March', person('ada')));
        const { talk } = await eventually(
          () => status('ENG-9'),
          ({ talk: said = [] }) => said[0]?.reply !== undefined,
        );
        expect(talk).toMatchObject([{ by: 'alice', reply: 'Yes, March', repliedBy: 'Ada' }]);
        await answer(server.client, asked, by('bob', { decision: 'reject' }));
        await result;
      });
      // It stands on the ticket already: nobody repeats it there.
      const bodies = linear.workspace.issue('ENG-9').comments.map(({ body }) => body);
      expect(bodies.filter((body) => body.includes('Yes, March'))).toHaveLength(1);
      expect(news.map((one) => one.news)).toEqual(['asked', 'asked-back', 'replied', 'closed']);
    } finally {
      await linear.close();
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('is escalated in time, tells who may answer then, and fails closed', async () => {
    const { news, comments, verified, activities } = world();
    const escalation = [
      { after: '1s', to: { onCall: ['shop'] } },
      { after: '2s', to: { roles: ['admin'] } },
    ];
    const asked = question('A-5', { deadlineMs: 4_000 });
    const ended = await server.working(activities, async () => {
      const result = ask(asked, { ...TERMS, escalation });
      await eventually(() => news.some((one) => one.escalated === 2));
      await answer(server.client, asked, by('alice'));
      return result;
    });
    expect(ended).toMatchObject({ outcome: 'expired', reason: 'nobody answered before the deadline' });
    expect(verified.map(({ escalated }) => escalated)).toEqual([2]);
    expect(comments.filter((body) => body.includes('has waited too long'))).toHaveLength(2);
    expect(news.map((one) => [one.news, one.escalated, one.state])).toEqual([
      ['asked', 0, 'open'],
      ['escalated', 1, 'open'],
      ['escalated', 2, 'open'],
      ['counted', 2, 'open'],
      ['closed', 2, 'expired'],
    ]);
  });

  it('is stale when the branch has moved, and when its mission says so', async () => {
    const { activities } = world();
    const [seen, told] = [question('A-6'), question('A-7')];
    const ended = await server.working(activities, async () => {
      const results = [ask(seen), ask(told)];
      await eventually(async () => (await status('A-7').catch(() => undefined)) !== undefined);
      await eventually(async () => (await status('A-6').catch(() => undefined)) !== undefined);
      await expect(answer(server.client, seen, by('late'))).rejects.toMatchObject({
        cause: { message: 'head: the change moved on to h2; you are asked anew about that' },
      });
      await handleOf('A-7').signal(approvalStale, { head: 'h3' });
      return Promise.all(results);
    });
    expect(ended.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['stale', 'the change moved on to h2'],
      ['stale', 'the change moved on to h3'],
    ]);
  });

  it('is answered although no place can be told, and is not held up by that', async () => {
    const { activities } = world();
    const asked = question('A-8');
    const announceApproval = () =>
      new Promise<never>((_never, fail) => setTimeout(fail, 200, new Error('Slack is away')));
    const comment = () => new Promise<never>((_never, fail) => setTimeout(fail, 200, new Error('Linear is away')));
    const ended = await server.working({ ...activities, announceApproval, comment }, async () => {
      const result = ask(asked, { ...TERMS, rules: [] });
      await eventually(async () => (await status('A-8').catch(() => undefined)) !== undefined);
      await answer(server.client, asked, by('alice', { decision: 'reject' }));
      return result;
    });
    expect(ended.outcome).toBe('rejected');
    // It has tried to tell them for some seconds.
    expect(Date.parse(ended.answeredAt) - Date.parse(ended.askedAt)).toBeLessThan(20_000);
  });

  it('carries what was said and given when it continues as new', async () => {
    const { activities } = world();
    const asked = question('A-9', { reminderMs: 30 });
    const ended = await server.working({ ...stubs, ...activities }, async () => {
      const result = ask(asked, TERMS, { historyLimit: 15 });
      await eventually(async () => (await status('A-9').catch(() => undefined)) !== undefined);
      await answer(server.client, asked, by('alice', { decision: 'ask-back', reason: 'why?' }));
      await answer(server.client, asked, by('alice'));
      const { reminders } = await status('A-9');
      await eventually(async () => (await status('A-9')).reminders > reminders + 8);
      await answer(server.client, asked, by('bob'));
      return result;
    });
    expect(ended).toMatchObject({ outcome: 'approved', talk: [{ text: 'why?' }] });
    expect(ended.given?.map(({ person }) => person)).toEqual(['alice', 'bob']);
    expect((await runChain(server.client, workflowId.approval('A-9', 1))).length).toBeGreaterThan(1);
  });
});
