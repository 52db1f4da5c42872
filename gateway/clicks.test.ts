import { describe, expect, it } from '@jest/globals';
import type { ApprovalQuestion } from '../schemas/approval.js';
import type { ApprovalAnswerDraft } from '../schemas/approval-record.js';
import type { Signal } from '../schemas/signal.js';
import type { Approver } from './approver.js';
import { testGateway } from './testing.js';

const question: ApprovalQuestion = {
  ...{ id: 'ENG-1/2', item: 'ENG-1', action: 'merge', title: 't', head: 'c0ffee', planHash: 'p', risk: 'high' },
  ...{ because: ['b'], recommendation: 'r', changedFiles: [], reminderMs: 1, deadlineMs: 1 },
};

function gateway() {
  const answers: ApprovalAnswerDraft[] = [];
  const refusals: Parameters<Approver['refused']>[0][] = [];
  const status = { question, state: 'open', askedAt: '', reminders: 0 } as const;
  const approver: Approver = {
    look: async () => undefined,
    open: async (item) => (item === 'ENG-1' ? [status] : []),
    answer: async (draft) => {
      answers.push(draft);
      return draft.head === 'old' ? { taken: false, said: 'the change moved on' } : { taken: true, said: '' };
    },
    refused: async (told) => void refusals.push(told),
    reply: async () => ({ taken: true, said: '' }),
  };
  const touched = (change: Partial<NonNullable<Signal['data']['touch']>> = {}, subject = 'ENG-1'): Signal => ({
    ...{ specversion: '1.0', id: 'd', source: 'github', type: 'change.touched', subject, time: '2026-11-21T10:00:00Z' },
    ...{ datacontenttype: 'application/json', bodyhash: 'a'.repeat(64) },
    data: {
      actor: { id: '7', name: 'ada' },
      touch: {
        ...{ project: 'acme/shop', event: 'check_run.requested_action', head: 'c0ffee' },
        ...{ check: 'signalbox/approval', button: 'approve' },
        ...change,
      },
    },
  });
  let signal = touched();
  const door = { name: 'github', receive: () => ({ signals: [signal] }) };
  const people = async () => ({ people: [], bots: {} });
  const { app, signals } = testGateway({ doors: [door], approvals: { approver, people } });
  const click = async (...args: Parameters<typeof touched>) => {
    signal = touched(...args);
    return (await app.request('/webhooks/github', { method: 'POST', body: '{}' })).status;
  };
  return { click, answers, refusals, signals };
}

describe('a click on the check that asks people', () => {
  it('is the answer of whoever clicked, about the commit that the check was on; the mission hears of it too', async () => {
    const { click, answers, refusals, signals } = gateway();
    expect(await click()).toBe(200);
    expect(await click({ button: 'reject', head: 'old' })).toBe(200);
    const actor = { source: 'github', id: '7' };
    const about = { question: 'ENG-1/2', action: 'merge', planHash: 'p', via: 'github', actor };
    expect(answers).toEqual([
      expect.objectContaining({ ...about, decision: 'approve', head: 'c0ffee' }),
      expect.objectContaining({ ...about, decision: 'reject', head: 'old' }),
    ]);
    expect(signals).toHaveLength(2);
    // Who clicked is told when it does not count, and only then.
    expect(refusals).toEqual([{ question: 'ENG-1/2', who: 'ada', said: 'the change moved on' }]);
  });

  it('may be a command in a comment, about one question and with a reason', async () => {
    const { click, answers } = gateway();
    await click({ question: 1 });
    expect(answers).toEqual([]);
    await click({ button: 'reject', question: 2, reason: 'rounds wrong' });
    expect(answers).toMatchObject([{ question: 'ENG-1/2', decision: 'reject', reason: 'rounds wrong' }]);
  });

  it('is nothing else than that: no other check, no other button, no other mission', async () => {
    const { click, answers } = gateway();
    await click({ check: 'signalbox/tests' });
    await click({ button: 'rerun' });
    await click({}, 'ENG-2');
    expect(answers).toEqual([]);
  });
});
