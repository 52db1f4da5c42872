import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ApprovalCard } from '../activities/ports-approvals.js';
import { messageProblems, viewProblems } from '../test/fakes/slack-blocks.js';
import { aMission } from '../test/slack-door.js';
import type { MissionStatus } from '../workflows/messages.js';
import { approvalMessage, newsMessage } from './approval.js';
import { type ChatMessage, message as inChat } from './blocks.js';
import { missionMessage } from './mission.js';
import { missionEndMessage } from './mission-end.js';
import { answerModal, decisionModal, runModal, steerModal } from './modals.js';
import { bare, escaped, fromMarkdown } from './mrkdwn.js';
import {
  helpMessage,
  missionsMessage,
  refusalMessage,
  requestMessage,
  saidMessage,
  triageMessage,
  triagesMessage,
} from './overview.js';

// Every message and form that we can make, with the longest and the strangest of what can be in it, against Slack's rules.

const LONG = 'x<!channel> &`*_~| \u202e\ud83d\ude00 '.repeat(2_000);
const task = (n: number) => ({
  task: { id: `task-${n}`, title: LONG, needs: n > 0 ? [`task-${n - 1}`] : [] },
  ...{
    state: 'failed',
    detail: LONG,
    tried: 9,
    gates: Object.fromEntries([...Array(30).keys()].map((g) => [`g${g}`, LONG])),
  },
});
const spend = { usd: 1.5, candidates: 3, iterations: 2, activeMs: 1_000 };
const outcome = {
  result: 'shipped',
  because: LONG,
  mergeCommit: 'a'.repeat(40),
  proof: { sha256: 'b'.repeat(64) },
  spend,
};
const huge = aMission({
  ...{ title: LONG, repo: LONG, stage: LONG, paused: true, halted: 'x', notes: [LONG] },
  tasks: [...Array(200).keys()].map(task) as unknown as MissionStatus['tasks'],
  waitingOn: { who: LONG, what: LONG, since: 'never' },
  asked: { node: LONG, question: LONG, options: Array(100).fill(LONG) },
  budget: { limit: { usd: 5, tokens: 1 }, share: 7, spent: spend } as unknown as NonNullable<MissionStatus['budget']>,
  pullRequest: { number: 7, url: `https://forge.example/${'p'.repeat(300)}` },
});
const over = { ...huge, outcome } as unknown as MissionStatus;
const question = {
  ...{ id: 'ENG-101/1', item: 'ENG-101', action: 'merge', title: LONG, head: 'a'.repeat(40), planHash: 'p' },
  ...{ risk: 'high', because: Array(100).fill(LONG), recommendation: LONG, changedFiles: Array(500).fill(LONG) },
  ...{ reminderMs: 1, deadlineMs: 1, proof: Array(100).fill(LONG), onNoAnswer: LONG },
};
const person = { key: 'ada', name: LONG, ids: { slack: ['U0ADA00001'] } };
const card = {
  ...{
    question,
    state: 'open',
    news: 'asked',
    revision: 1,
    effectKey: 'k',
    askedAt: 'x',
    deadline: '2026-01-02T10:00:00Z',
  },
  ...{ who: LONG, asked: Array(30).fill(person), given: Array(30).fill(LONG), needed: 2, reason: LONG, by: LONG },
  ...{ size: { files: 1, added: 2, removed: 3 }, talk: Array(20).fill({ by: LONG, text: LONG, reply: LONG }) },
} as unknown as ApprovalCard;
const triage = {
  dedupeKey: 'linear/ENG-7',
  stage: 'asking' as const,
  because: LONG,
  missing: [LONG, LONG],
  folded: 3,
  item: 'ENG-7',
};

const MESSAGES: readonly (readonly [string, ChatMessage | undefined])[] = [
  ['a mission', missionMessage({ status: aMission() })],
  [
    'a huge mission',
    missionMessage({ status: huge, url: 'https://linear.app/x', requester: 'U0ADA00001', request: LONG }),
  ],
  ['a mission that has ended', missionMessage({ status: over, request: LONG })],
  ['the last word', missionEndMessage({ status: over, requester: 'U0ADA00001' })],
  ['a mission without a plan', missionMessage({ status: aMission({ tasks: [], planVersion: 0, title: '' }) })],
  ...(['open', 'approved', 'rejected', 'expired', 'stale', 'cancelled'] as const).map(
    (state) => [`a question that is ${state}`, approvalMessage({ ...card, state })] as const,
  ),
  ...(['reminded', 'escalated', 'asked-back', 'replied', 'handed-over', 'closed'] as const).map(
    (news) => [`the news "${news}"`, newsMessage({ ...card, news })] as const,
  ),
  ['the help', helpMessage()],
  ['a refusal', refusalMessage(LONG, LONG)],
  ['something said', saidMessage('It is on its way.')],
  ['no missions', missionsMessage([], 'none')],
  ['many missions', missionsMessage(Array(100).fill(huge), 'none')],
  ['a triage', triageMessage(triage)],
  ['many triages', triagesMessage(Array(100).fill(triage))],
  ['a request', requestMessage({ text: LONG, repo: 'parcels', user: 'U0ADA00001' })],
  ['a comment', inChat(bare(LONG), fromMarkdown(`**Started.**\n\n- \`a\` b\n${LONG}`))],
];

describe('Slack takes', () => {
  it.each(MESSAGES)('%s, which mentions nobody who is not asked', (_what, message) => {
    expect(messageProblems(message)).toEqual([]);
    // A plain text is no markup: nobody is mentioned in one.
    const marked = message?.blocks.filter(({ type }) => type !== 'header') ?? [];
    expect(JSON.stringify([message?.text, marked]).includes('<!channel>')).toBe(false);
  });

  it.each([
    ['to ask for a mission', runModal('C0PARCELS1')],
    ['to steer', steerModal('ENG-101', 'C0PARCELS1')],
    ['to answer', answerModal({ item: 'ENG-101', of: 'mission' }, 'C0PARCELS1')],
    ['to reject', decisionModal('reject', 'b'.repeat(800), 'C0PARCELS1')],
    ['to ask back', decisionModal('ask-back', '{}', 'C0PARCELS1')],
    ['to hand over', decisionModal('hand-over', '{}', 'C0PARCELS1')],
  ])('the form %s', (_what, modal) => {
    expect(viewProblems(modal)).toEqual([]);
  });

  it('any text as one line and as a comment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>\n]/);
        const blocks = fromMarkdown(text);
        expect(messageProblems({ text: bare(text).slice(0, 3_000) || ' ', blocks: blocks.slice(0, 50) })).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

it('the same status is the same message: nothing is edited for the passing of time', () => {
  expect(missionMessage({ status: huge })).toEqual(missionMessage({ status: huge }));
});

it('a question that is open has its buttons, one that is decided says by whom', () => {
  expect(JSON.stringify(approvalMessage(card))).toContain('approval_approve');
  const decided = JSON.stringify(approvalMessage({ ...card, state: 'approved', by: 'Ada' }));
  expect(decided).not.toContain('approval_approve');
  expect(decided).toContain('*Approved* by Ada');
});
