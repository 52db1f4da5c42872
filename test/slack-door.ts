import { pino } from 'pino';
import type { AnswerReceipt, Approver } from '../gateway/approver.js';
import { type Desk, RefusedOrder, type Waiting } from '../gateway/desk.js';
import { openSlack, type SlackDoor } from '../gateway/slack/slack.js';
import { testGateway } from '../gateway/testing.js';
import type { IncidentStatus } from '../schemas/incident.js';
import type { PeopleFile } from '../schemas/people.js';
import type { Signal } from '../schemas/signal.js';
import { SlackSection } from '../schemas/slack-settings.js';
import type { MissionStatus } from '../workflows/messages.js';
import type { RequestInput, TriageStatus } from '../workflows/messages-triage.js';
import { FakeSlack } from './fakes/slack.js';
import type { Told } from './fakes/slack-people.js';
import type { Signing } from './fakes/slack-webhook.js';

// The door of Slack with the real bolt against a Slack of our own, without Temporal behind it: what would be sent there
// is in lists.

export const PARCELS = 'C0PARCELS1';
export const OTHERS = 'C0OTHERS01';
export const ADA = 'U0ADA00001';
export const BOB = 'U0BOB00001';
/** On nobody's map. */
export const GUEST = 'U0GUEST001';

const PEOPLE: PeopleFile = {
  people: [
    { key: 'ada', name: 'Ada', roles: [], teams: [], ids: { slack: [ADA] }, email: [], active: true },
    { key: 'bob', name: 'Bob', roles: [], teams: [], ids: { slack: [BOB] }, email: [], active: true },
    { key: 'eve', name: 'Eve', roles: [], teams: [], ids: { slack: ['U0EVE00001'] }, email: [], active: false },
  ] as unknown as PeopleFile['people'],
  bots: {},
};

export interface TestSlack {
  readonly slack: FakeSlack;
  readonly signals: Signal[];
  readonly requests: { readonly id: string; readonly input: RequestInput }[];
  readonly orders: Parameters<Desk['order']>[0][];
  readonly answers: Parameters<Desk['answerTriage']>[0][];
  readonly corrections: Parameters<Desk['correct']>[0][];
  readonly decisions: Parameters<Approver['answer']>[0][];
  /** What each decision is named by, so that it counts once. */
  readonly deeds: Parameters<Approver['answer']>[1][];
  readonly missions: Map<string, MissionStatus>;
  readonly triages: Map<string, TriageStatus>;
  /** By their ids without `incident/`. */
  readonly incidents: Map<string, IncidentStatus>;
  waiting: Waiting;
  readonly lines: string[];
  /** What stands in for Temporal fails with this, until it is taken away. */
  away: Error | undefined;
  receipt: AnswerReceipt;
  look: Approver['look'];
  /** How long Temporal takes. */
  slowMs: number;
  send(told: Told, signing?: Partial<Signing>): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

/** `away`: Slack does not answer until it is started again. */
export async function testSlack({
  socket = false,
  away = false,
}: {
  readonly socket?: boolean;
  readonly away?: boolean;
} = {}): Promise<TestSlack> {
  const slack = new FakeSlack();
  await slack.start();
  const { workspace } = slack;
  for (const [id, name] of Object.entries({ [ADA]: 'ada', [BOB]: 'bob', [GUEST]: 'guest' }))
    workspace.addUser(id, name);
  workspace.addChannel(PARCELS, 'parcels');
  workspace.addChannel(OTHERS, 'others');
  const lines: string[] = [];
  const settings = SlackSection.parse({ apiUrl: slack.apiUrl, channels: [{ id: PARCELS, repos: ['parcels'] }] });

  if (away) await slack.close();
  let door: SlackDoor | undefined;
  const test: TestSlack = {
    ...{ slack, lines, signals: [], requests: [], orders: [], answers: [], corrections: [], decisions: [], deeds: [] },
    ...{ missions: new Map(), triages: new Map(), incidents: new Map(), away: undefined, slowMs: 0 },
    waiting: { questions: [], incidents: [], unknown: 0 },
    receipt: { taken: true, said: 'ENG-101/1 is approved' },
    look: async () => undefined,
    async send(told, signing) {
      const { headers, body } = slack.sign(told, signing);
      const response = await app.request('/webhooks/slack', { method: 'POST', headers, body });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    async close() {
      await door?.close();
      await slack.close();
    },
  };
  const behind = async <T>(work: () => T): Promise<T> => {
    if (test.slowMs > 0) await new Promise((done) => setTimeout(done, test.slowMs));
    if (test.away) throw test.away;
    return work();
  };
  const desk: Desk = {
    mission: (item) => behind(() => test.missions.get(item)),
    missions: () => behind(() => [...test.missions.values()]),
    triage: (item) => behind(() => test.triages.get(item)),
    triages: () => behind(() => [...test.triages.values()]),
    questions: () => behind(() => ['ENG-101/1']),
    incidents: () => behind(() => [...test.incidents.values()]),
    incident: (id) => behind(() => test.incidents.get(id)),
    waitsFor: () => behind(() => test.waiting),
    order: (order) =>
      behind(() => {
        if (test.missions.get(order.item)?.outcome) throw new RefusedOrder('the mission has ended: shipped');
        test.orders.push(order);
      }),
    correct: (correction) => behind(() => void test.corrections.push(correction)),
    answerTriage: (answer) => behind(() => void test.answers.push(answer)),
  };
  door = await openSlack({
    slack: {
      ...settings,
      botToken: slack.botToken,
      appToken: socket ? slack.appToken : undefined,
      signingSecrets: [slack.signingSecret, 'slack-fake-previous'],
    },
    people: async () => PEOPLE,
    log: pino({ level: 'debug' }, { write: (line) => lines.push(line) }),
    desk,
    dispatcher: {
      signal: (signal) =>
        behind(() => {
          test.signals.push(signal);
          return { workflowId: `triage/slack/${signal.subject}`, accepted: 'started-or-folded' };
        }),
    },
    requests: { request: (id, input) => behind(() => void test.requests.push({ id, input })) },
    approver: {
      look: (question) => test.look(question),
      open: async () => [],
      answer: (draft, deed) =>
        behind(() => {
          test.decisions.push(draft);
          test.deeds.push(deed);
          return test.receipt;
        }),
      refused: async () => undefined,
      reply: async () => test.receipt,
    },
  });
  const { app } = testGateway({ slack: door.receive });
  return test;
}

/** They come after the acknowledgement. */
export async function answersTo({ slack }: TestSlack, told: Told): Promise<readonly unknown[]> {
  while (slack.responsesTo(told).length === 0) await new Promise((done) => setTimeout(done, 20));
  return slack.responsesTo(told);
}

/** A mission as its workflow says it is. */
export function aMission(change: Partial<MissionStatus> = {}): MissionStatus {
  const task = { kind: 'change', needs: [], title: 'Mend the totals', goal: 'mend', acceptance: [], targets: [] };
  const view = (id: string, state: string, more: object = {}) => ({
    ...{ task: { ...task, id }, state, detail: state, tried: 0, gates: {}, ...more },
  });
  return {
    ...{ item: 'ENG-101', title: 'Totals are off by one cent', repo: 'parcels', stage: 'working', paused: false },
    ...{ since: '2026-01-02T10:00:00.000Z', startedAt: '2026-01-02T09:00:00.000Z', planVersion: 1, notes: [] },
    tasks: [view('mend-totals', 'passed', { tried: 3, gates: { tests: 'pass' } }), view('review', 'running')],
    ...change,
  } as unknown as MissionStatus;
}
