import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDispatcher } from '../../gateway/dispatch.js';
import type { Approval, ApprovalQuestion } from '../../schemas/approval.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Signal } from '../../schemas/signal.js';
import { approvalStatus } from '../../workflows/messages-standing.js';
import { answerTriage, type TriageStatus, triageStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { answer } from './questions.js';
import { runChain } from './run-chain.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, operator, stubs, workItem } from './stubs.js';

// Triage and approval may live for months: they continue as new, and nobody notices.

describe('standing workflows', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  async function runs(id: string): Promise<number> {
    return (await runChain(server.client, id)).length;
  }

  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

  describe('an approval', () => {
    const question = (item: string, change: Partial<ApprovalQuestion> = {}): ApprovalQuestion => ({
      ...{ id: `${item}/1`, item, action: 'merge', title: 't', head: 'h', planHash: 'p', risk: 'high' },
      ...{ because: ['b'], recommendation: 'r', changedFiles: [], reminderMs: 50, deadlineMs: 120_000 },
      ...change,
    });
    const start = (asked: ApprovalQuestion, historyLimit: number) =>
      server.client.workflow.start('approval', {
        taskQueue: TASK_QUEUE,
        workflowId: workflowId.approval(asked.item, 1),
        args: [{ question: asked, source: { kind: 'linear', id: asked.item }, attempt: 1, historyLimit }],
      });
    const answered = (item: string) => answer(server.client, question(item), { reason: 'read it' });

    it('goes on reminding where the run before stopped, and asks once', async () => {
      const said: string[] = [];
      const comment = async ({ effectKey }: Parameters<AllActivities['comment']>[0]) => {
        said.push(effectKey);
        return { already: false };
      };
      const { result, asked } = await server.working({ comment }, async () => {
        const handle = await start(question('S-1'), 15);
        const first = await handle.query(approvalStatus);
        await eventually(async () => (await handle.query(approvalStatus)).reminders >= 6);
        await answered('S-1');
        return { result: (await handle.result()) as Approval, asked: first.askedAt };
      });
      expect(result).toMatchObject({ outcome: 'approved', reason: 'read it', askedAt: asked });
      expect(await runs('approval/S-1/1')).toBeGreaterThanOrEqual(3);
      const reminders = said.filter((key) => key.includes('reminder'));
      expect(reminders.map((key) => key.split('/').at(-1))).toEqual(
        reminders.map((_key, index) => `reminder ${index + 1}`),
      );
      expect(reminders).toHaveLength(result.reminders);
      expect(said.filter((key) => key.endsWith('question'))).toHaveLength(1);
    });

    it('still expires at its first deadline', async () => {
      const result = await server.working({}, async () => {
        const handle = await start(question('S-2', { deadlineMs: 3_000 }), 1);
        return (await handle.result()) as Approval;
      });
      expect(result.outcome).toBe('expired');
      expect(Date.parse(result.answeredAt) - Date.parse(result.askedAt)).toBeGreaterThanOrEqual(3_000);
      expect(await runs('approval/S-2/1')).toBeGreaterThan(2);
    });

    it('takes answers that come while it continues as new', async () => {
      const items = Array.from({ length: 8 }, (_none, index) => `S-3-${index}`);
      const results = await server.working({}, () =>
        Promise.all(
          items.map(async (item, index) => {
            const handle = await start(question(item, { reminderMs: 20 }), 1);
            await eventually(async () => (await handle.query(approvalStatus)).reminders > index % 3);
            const accepted = await answered(item);
            return { accepted, ended: (await handle.result()) as Approval };
          }),
        ),
      );
      for (const { accepted, ended } of results) {
        expect(accepted.state).toBe('approved');
        expect(ended).toMatchObject({ outcome: 'approved', by: operator, reason: 'read it' });
      }
      const lengths = await Promise.all(items.map((item) => runs(workflowId.approval(item, 1))));
      expect(Math.max(...lengths)).toBeGreaterThan(1);
    });
  });

  describe('a triage', () => {
    function labelled(subject: string, delivery: string, type: Signal['type'] = 'ticket.labelled'): Signal {
      return {
        ...{ specversion: '1.0', id: delivery, source: 'linear', type, subject, time: '2026-11-21T10:00:00Z' },
        ...{ datacontenttype: 'application/json', data: {} },
        bodyhash: Buffer.from(delivery).toString('hex').padEnd(64, '0').slice(-64),
      };
    }
    const handleOf = (subject: string) => server.client.workflow.getHandle(workflowId.triage(`linear/${subject}`));
    const dispatch = (signal: Signal) =>
      createDispatcher({ client: server.client, dedupeMs: 60_000, withinMs: 20_000 }).signal(signal);
    const start = (subject: string) =>
      server.client.workflow.start('triage', {
        taskQueue: TASK_QUEUE,
        workflowId: workflowId.triage(`linear/${subject}`),
        args: [{ dedupeKey: `linear/${subject}`, source: 'linear', subject, dedupeMs: 60_000, historyLimit: 40 }],
      });
    const status = (subject: string): Promise<TriageStatus> => handleOf(subject).query(triageStatus);

    it('folds what comes while its mission runs, over many runs, and starts another mission afterwards', async () => {
      let goOn: () => void = () => undefined;
      const held = new Promise<void>((done) => {
        goOn = done;
      });
      let missions = 0;
      await server.working(
        {
          readBase: async (input) => {
            missions++;
            await held;
            return stubs.readBase(input);
          },
        },
        async () => {
          await start('F-1');
          await dispatch(labelled('F-1', 'd-0'));
          await eventually(async () => missions === 1);
          const deliveries = Array.from({ length: 60 }, (_none, index) => `d-${index + 1}`);
          for (let at = 0; at < deliveries.length; at += 10) {
            // Each third is delivered twice.
            const some = deliveries.slice(at, at + 10).flatMap((each, index) => (index % 3 ? [each] : [each, each]));
            await Promise.all(some.map((each) => dispatch(labelled('F-1', each))));
            // Where signals come without a pause, continuing as new waits for one.
            await pause(150);
          }
          await eventually(async () => (await status('F-1')).folded === 60 + 6 * 4);
          expect(await status('F-1')).toMatchObject({ stage: 'running', item: 'F-1' });
          goOn();
          await server.client.workflow.getHandle(workflowId.mission('F-1')).result();
          await dispatch(labelled('F-1', 'again'));
          await eventually(async () => missions === 2 && (await status('F-1')).stage === 'done');
          expect((await status('F-1')).because).toContain('shipped');
        },
      );
      expect(await runs('triage/linear/F-1')).toBeGreaterThan(2);
    });

    it('keeps its question, and takes the answer, over many runs', async () => {
      const comments: string[] = [];
      await server.working(
        {
          assess: async ({ subject, answers }) =>
            answers.length > 0
              ? { status: 'ready', item: workItem(subject, { problem: answers.join() }) }
              : { status: 'incomplete', title: 't', missing: [{ field: 'expected', question: 'What?' }] },
          comment: async ({ effectKey }) => {
            comments.push(effectKey);
            return { already: false };
          },
        },
        async () => {
          await start('F-2');
          await dispatch(labelled('F-2', 'd-0'));
          await eventually(async () => (await status('F-2')).stage === 'asking');
          for (let n = 0; n < 20; n++) {
            await dispatch(labelled('F-2', `c-${n}`, 'ticket.commented'));
            await pause(100);
          }
          // Answers are refused while an earlier comment is read, and never lost once they are taken.
          const answer = () =>
            handleOf('F-2')
              .executeUpdate(answerTriage, { args: [{ text: 'It rounds up.', by: operator }] })
              .catch(() => undefined);
          await eventually(async () => (await answer())?.accepted === true);
          await eventually(async () => (await status('F-2')).stage === 'done');
        },
      );
      expect(await runs('triage/linear/F-2')).toBeGreaterThan(2);
      expect(new Set(comments.filter((key) => key.includes('question'))).size).toBe(1);
      const { events } = await server.client.workflow.getHandle(workflowId.mission('F-2')).fetchHistory();
      const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      expect(Buffer.from(input?.data ?? []).toString()).toContain('It rounds up.');
    });
  });
});
