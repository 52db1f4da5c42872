import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { createApprovalActivities } from '../../activities/approvals.js';
import { createChatActivities } from '../../activities/chat.js';
import { createChatBoard } from '../../activities/chat-board.js';
import { createEffects } from '../../activities/effects.js';
import { createIncidentActivities } from '../../activities/incident.js';
import { createIncidentAnswerActivities } from '../../activities/incident-answer.js';
import { createIncidentThread } from '../../activities/incident-thread.js';
import { createSignalActivities } from '../../activities/signals.js';
import { createThreadActivities } from '../../activities/threads.js';
import { createTrackerActivities } from '../../activities/tracker.js';
import { createTriageActivities } from '../../activities/triage.js';
import { createSlackChat } from '../../adapters/chat/slack.js';
import { createEffectLedger } from '../../adapters/effects/effects.js';
import { createAnswerKeys } from '../../adapters/people/answer-keys.js';
import { createOnCall } from '../../adapters/people/on-call.js';
import { createPeople } from '../../adapters/people/people-file.js';
import { createUsedAnswers } from '../../adapters/people/used-answers.js';
import { createIncidentViews, createMissionViews, threadPlace } from '../../adapters/temporal/mission-views.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { createCatalogue } from '../../adapters/triage/catalogue.js';
import { type Gateway, startGateway } from '../../gateway/server.js';
import { channelOf, incidentChannel } from '../../schemas/slack-settings.js';
import { loadConfig } from '../../temporal.config.js';
import { eventually } from '../eventually.js';
import { FakeSlack } from '../fakes/slack.js';
import type { Told } from '../fakes/slack-people.js';
import { memoryBlobs } from '../memory-blobs.js';
import type { StubbedServer } from './server.js';
import { type AllActivities, stubs } from './stubs.js';

// Everything between a person in Slack and Temporal as it is in production: the gateway over HTTP with its key, people,
// a rotation, effects with their ledger, bolt and the Web API. Only Slack itself and the work of missions are stand-ins.

export const PARCELS = 'C0PARCELS1';
/** Wants things. */
export const ADA = 'U0ADA00001';
/** In the team that decides. */
export const BOB = 'U0BOB00001';
/** On call for payments, and in no team. */
export const CLEO = 'U0CLEO0001';
/** On nobody's map. */
export const GUEST = 'U0GUEST001';

export interface SlackStack {
  readonly slack: FakeSlack;
  readonly activities: Partial<AllActivities>;
  /** As Slack sends it, signed, over HTTP. What only they see of the answer, as one text, whenever it comes. */
  send(told: Told, secret?: string): Promise<string>;
  close(): Promise<void>;
}

export async function startSlackStack(directory: string, server: StubbedServer): Promise<SlackStack> {
  const slack = new FakeSlack();
  await slack.start();
  const { workspace } = slack;
  const users = { [ADA]: 'ada', [BOB]: 'bob', [CLEO]: 'cleo', [GUEST]: 'guest' };
  for (const [id, name] of Object.entries(users)) workspace.addUser(id, name);
  workspace.addChannel(PARCELS, 'parcels');
  writeFiles(directory);
  const env = { SLACK_BOT_TOKEN: slack.botToken, SLACK_SIGNING_SECRET: slack.signingSecret };
  const where = { TEMPORAL_ADDRESS: server.address, PORT: '0', SLACK_API_URL: slack.apiUrl };
  const config = loadConfig({ ...env, ...where, SIGNALBOX_STATE: directory }, directory);
  const gateway: Gateway = await startGateway({ config, log: pino({ level: 'silent' }) });
  return {
    slack,
    activities: activitiesOf(config, slack, server),
    async send(told, secret) {
      const request = slack.sign(told, secret === undefined ? {} : { secret });
      const response = await slack.deliver(request, `${gateway.url}/webhooks/slack`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const answer = await response.text();
      if (answer !== '') return answer;
      await eventually(() => slack.responsesTo(told).length > 0);
      return JSON.stringify(slack.responsesTo(told));
    },
    async close() {
      await gateway.close();
      await slack.close();
    },
  };
}

function writeFiles(directory: string): void {
  const person = (key: string, slack: string, more: object = {}) => ({ key, name: key, ids: { slack }, ...more });
  const people = [person('ada', ADA), person('bob', BOB, { teams: 'deciders' }), person('cleo', CLEO)];
  writeFileSync(join(directory, 'people.yaml'), stringify({ people }));
  const payments = { start: '2020-01-01T00:00', every: '1w', members: ['cleo'] };
  writeFileSync(join(directory, 'on-call.yaml'), stringify({ rotations: { payments } }));
  const checkout = { repo: 'parcels', alerts: [{ service: 'checkout' }], onCall: 'payments' };
  writeFileSync(join(directory, 'services.yaml'), stringify({ services: { checkout } }));
  const settings = {
    ...{ people: 'people.yaml', onCall: { file: 'on-call.yaml' }, triage: { catalogue: 'services.yaml' } },
    repos: [
      { name: 'parcels', url: directory },
      { name: 'shop', url: directory },
    ],
    slack: { channels: [{ id: PARCELS, repos: ['parcels'], tell: true }], editSeconds: 1 },
    incidents: { holdSeconds: 0, missionFrom: 'never', decide: { onCall: ['payments'] } },
  };
  writeFileSync(join(directory, 'signalbox.config.yaml'), stringify(settings));
}

type Settings = ReturnType<typeof loadConfig>;

/** As `workers/compose.ts` puts them together. */
function activitiesOf(config: Settings, slack: FakeSlack, { client }: StubbedServer): Partial<AllActivities> {
  const { incidents: policy, label, repos } = config;
  const runs = createRuns(() => client);
  const place = (part: string) => join(config.stateDir, part);
  const effects = createEffects({ ledger: createEffectLedger(place('effects')), permitted: async () => undefined });
  const people = createPeople(config.people);
  const onCall = createOnCall(config.onCall);
  const answering = {
    people,
    onCall,
    keys: createAnswerKeys(config.people),
    used: createUsedAnswers(place('answers')),
  };
  const catalogue = createCatalogue(config.catalogue);
  const chat = createSlackChat({
    ...{ token: slack.botToken, apiUrl: slack.apiUrl, label, reaction: config.slack.reaction, channels: [PARCELS] },
    channel: (id) => channelOf(config.slack, id) && { repo: 'parcels' },
    mayAsk: async (id) => id !== GUEST,
  });
  const boards = [createChatBoard({ chat, effects, place: (item) => threadPlace(client, item) })];
  const depot = { diff: async () => [], read: async () => undefined, authors: async () => [] };
  const everyMs = 1_000;
  return {
    ...createTriageActivities({ label, repos, trackers: { slack: chat.tracker } }),
    ...createTrackerActivities({ trackers: { slack: chat.tracker }, effects, cards: ['slack'] }),
    ...createChatActivities({ chat, effects }),
    ...createSignalActivities({ runs, dedupeMs: 3_000 }),
    ...createThreadActivities({
      ...{ missions: createMissionViews(() => client), runs, isOurs: chat.isOurs },
      incident: createIncidentThread({ ...answering, catalogue, policy, incidents: createIncidentViews(() => client) }),
    }),
    ...createApprovalActivities({ ...answering, depot, forge: { head: async () => undefined }, boards }),
    ...createIncidentAnswerActivities({ ...answering, decide: policy.decide }),
    ...createIncidentActivities({
      ...{ blobs: memoryBlobs(), runs, repos, policy, dedupeMs: 3_000, catalogue },
      evidence: [
        { name: 'history', gather: async () => [{ kind: 'change', text: 'abc123 by bob: pay with <cards>' }] },
      ],
      told: async ({ repo }, { labels }) => {
        const channel = incidentChannel(config.slack, { repo, wanted: [labels.channel], fallback: undefined });
        return channel === undefined ? undefined : { channel, everyMs };
      },
    }),
    readBase: async (input) => ({ ...(await stubs.readBase(input)), chat: { channel: PARCELS, everyMs } }),
  };
}
