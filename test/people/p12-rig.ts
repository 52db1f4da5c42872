import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { type ApprovalActivities, createApprovalActivities } from '../../activities/approvals.js';
import { createDepot } from '../../adapters/depot/depot.js';
import { createLocalForge } from '../../adapters/forge/local.js';
import { createAnswerKeys } from '../../adapters/people/answer-keys.js';
import { createOnCall } from '../../adapters/people/on-call.js';
import { createPeople } from '../../adapters/people/people-file.js';
import { makeToken } from '../../adapters/people/tokens.js';
import { createUsedAnswers } from '../../adapters/people/used-answers.js';
import { startGateway } from '../../gateway/server.js';
import type { ApprovalQuestion, ApprovalTerms } from '../../schemas/approval.js';
import { loadConfig } from '../../temporal.config.js';
import { FakeSlack } from '../fakes/slack.js';
import type { StubbedServer } from '../workflows/server.js';
import { Doors } from './p12-doors.js';
import { ACTORS, ROTATION, TEAM } from './p12-rules.js';

// Everything real around a question: the gateway over HTTP with its key and its doors, people.yaml, a rotation, git,
// Temporal. Slack and GitHub are what sends signed requests.

const BOT_ADDRESS = 'bot@example.com';
const CHANNEL = 'C0SHOP0001';
const PROJECT = 'acme/shop';
const GITHUB_SECRET = 'the secret of the webhook at GitHub';

export interface Rig {
  readonly doors: Doors;
  readonly activities: ApprovalActivities;
  readonly head: string;
  readonly terms: (branch: string) => ApprovalTerms;
  readonly question: (item: string, change?: Partial<ApprovalQuestion>) => ApprovalQuestion;
  /** The id of an actor at a source. */
  readonly idOf: (actor: string, source: string) => string;
  /** What the question is about is on that branch. */
  branch(name: string): void;
  /** Somebody has pushed to it. */
  move(name: string): void;
  close(): Promise<void>;
}

export async function startRig(directory: string, server: StubbedServer): Promise<Rig> {
  const path = process.env.PATH ?? '';
  const repo = createRepo(join(directory, 'shop.git'), join(directory, 'work'));
  const tokens = Object.fromEntries(ACTORS.map(({ name }) => [name, makeToken()]));
  const idOf = (actor: string, source: string) => {
    const n = ACTORS.findIndex(({ name }) => name === actor);
    if (source === 'github') return String(583_231 + n);
    return source === 'slack' ? `U0PERSON0${n}` : `${source}-${actor.replaceAll(' ', '-')}`;
  };
  const people = ACTORS.flatMap(({ name, key, active, team, role }) =>
    key === undefined
      ? []
      : [
          {
            ...{ key, name: key, active, teams: team ?? [], roles: role ?? [], tokens: tokens[name]?.hash },
            ids: { slack: idOf(name, 'slack'), github: idOf(name, 'github'), linear: idOf(name, 'linear') },
            email: `${key}@example.com`,
          },
        ],
  );
  const bots = { slack: [idOf('bot', 'slack')], github: [idOf('bot', 'github')] };
  const onCall = { rotations: { [ROTATION]: { start: '2020-01-01T00:00', every: '1w', members: ['oscar'] } } };
  writeFileSync(join(directory, 'people.yaml'), stringify({ people, bots }));
  writeFileSync(join(directory, 'on-call.yaml'), stringify(onCall));
  const slack = new FakeSlack();
  await slack.start();
  slack.workspace.addChannel(CHANNEL, 'shop');
  for (const { name } of ACTORS) slack.workspace.addUser(idOf(name, 'slack'), name);
  const settings = {
    ...{ people: 'people.yaml', onCall: { file: 'on-call.yaml' } },
    repos: [{ name: 'shop', forge: 'github', project: PROJECT }],
    slack: { apiUrl: slack.apiUrl, channels: [{ id: CHANNEL }] },
  };
  writeFileSync(join(directory, 'signalbox.config.yaml'), stringify(settings));
  const secrets = {
    ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_SIGNING_SECRET: slack.signingSecret },
    GITHUB_WEBHOOK_SECRET: GITHUB_SECRET,
  };
  const config = loadConfig({ TEMPORAL_ADDRESS: server.address, PORT: '0', PATH: path, ...secrets }, directory);
  const gateway = await startGateway({ config, log: pino({ level: 'silent' }) });
  const depot = createDepot({ directory: join(directory, 'depot'), path });
  const location = { name: 'shop', url: repo.bare, defaultBranch: 'main' };
  await depot.fetch(location, 'main');
  const { commit: head } = await depot.fetch(location, 'change');
  const forge = createLocalForge({ repos: [location], depotDirectory: depot.directory, path });
  return {
    doors: new Doors({
      ...{ url: gateway.url, slack, channel: CHANNEL, project: PROJECT, githubSecret: GITHUB_SECRET, idOf },
      tokens: Object.fromEntries(Object.entries(tokens).map(([name, { token }]) => [name, token])),
    }),
    activities: createApprovalActivities({
      people: createPeople(config.people),
      onCall: createOnCall(config.onCall),
      keys: createAnswerKeys(config.people),
      used: createUsedAnswers(join(directory, 'answers')),
      ...{ depot, forge, boards: [] },
    }),
    ...{ head, idOf },
    terms: (branch) => ({
      rules: [{ actions: ['merge'], from: { teams: [TEAM], onCall: [ROTATION] }, count: 1 }],
      escalation: [],
      change: { repo: 'shop', branch, base: repo.base, head },
    }),
    question: (item, change = {}) => ({
      ...{ id: `${item}/1`, item, action: 'merge', title: 'Mend the tax', head, planHash: 'plan-1', risk: 'high' },
      ...{ because: ['src/tax.ts is protected'], recommendation: 'read it', changedFiles: ['src/tax.ts'] },
      ...{ requester: { id: idOf('requester', 'linear') }, reminderMs: 3_600_000, deadlineMs: 7_200_000 },
      ...change,
    }),
    branch: (name) => repo.git('branch', name, head),
    move: (name) => repo.git('branch', '--force', name, repo.elsewhere),
    async close() {
      await gateway.close();
      await slack.close();
    },
  };
}

function createRepo(bare: string, work: string) {
  mkdirSync(work, { recursive: true });
  const run = (directory: string, args: readonly string[]) =>
    execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const commit = (who: string, address: string, file: string) => {
    writeFileSync(join(work, file), `${file} by ${who}\n`);
    run(work, ['add', '-A']);
    run(work, ['-c', `user.name=${who}`, '-c', `user.email=${address}`, 'commit', '--quiet', '-m', `Change ${file}`]);
    return run(work, ['rev-parse', 'HEAD']);
  };
  run(work, ['init', '--quiet', '--initial-branch=main']);
  const base = commit('Somebody', 'somebody@example.com', 'README.md');
  run(work, ['checkout', '--quiet', '-b', 'change']);
  commit('Signalbox', 'signalbox@localhost', 'tax.ts');
  commit('Arthur', 'arthur@example.com', 'tax.test.ts');
  run(work, ['checkout', '--quiet', '-b', 'elsewhere']);
  const elsewhere = commit('Bot', BOT_ADDRESS, 'more.ts');
  execFileSync('git', ['clone', '--quiet', '--bare', work, bare], { stdio: 'ignore' });
  return { bare, base, elsewhere, git: (...args: readonly string[]) => void run(bare, args) };
}
