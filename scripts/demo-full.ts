import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { toAdf } from '../adapters/tracker/markdown.js';
import { processOutput } from '../cli/output.js';
import { workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { FakeJira } from '../test/fakes/jira.js';
import { FakeSlack } from '../test/fakes/slack.js';
import { type RealAlertmanager, startAlertmanager } from '../test/real/alertmanager.js';
import { RealGitea } from '../test/real/gitea.js';
import { type Stack, startStack } from '../test/stack.js';
import { startBrowser } from './chromium.js';
import { openShop, type Shop } from './demo-shop.js';
import { ALERT, GITEA_ISSUE, JIRA_TICKET, SLACK_TEXT } from './demo-signals.js';
import { watch } from './demo-watch.js';

// Every door at once: a command in Slack, a ticket in Jira, an alert of a real Alertmanager and an issue in a real Gitea
// become merged pull requests there, one of them after a person said yes in Slack. Slack and Jira are local servers that
// speak their wire protocols; everything else is what it says.

const HELP = `scripts/demo --full [--keep | --no-keep] [--pictures <directory>]

  --keep      leave everything running at the end, until Ctrl-C (default on a terminal)
  --pictures  screenshots of a pull request and of Temporal UI go there (needs chromium, and npm for Gitea's stylesheets)`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean' },
    keep: { type: 'boolean' },
    'no-keep': { type: 'boolean' },
    pictures: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const config = loadConfig();
const output = processOutput(config.color);
const keep = values.keep ?? (output.tty && !values['no-keep']);
const say = (text = '') => output.data(text);
const title = (text: string) => say(`\n━━ ${text} ${'━'.repeat(Math.max(0, 90 - text.length))}\n`);
if (values.help) {
  say(HELP);
  process.exit(0);
}

const CHANNEL = 'C0SHOP0001';
const PEOPLE = { ada: 'U0ADA00001', grace: 'U0GRACE001' } as const;
const MISSION_MS = 5 * 60_000;

const secret = () => randomBytes(24).toString('hex');
const SECRETS = { gitea: secret(), jira: secret(), alertmanager: secret() };
const directory = join(config.stateDir, 'demo-full');
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });

const closing: (() => Promise<unknown>)[] = [];
const interrupted = once(process, 'SIGINT').then(() => 'interrupted' as const);
try {
  const ended = await Promise.race([demo().then(() => 'done' as const), interrupted]);
  process.exitCode = ended === 'interrupted' ? 130 : 0;
  if (ended === 'done' && keep) {
    say('\nEverything is still running; Ctrl-C ends it.');
    await interrupted;
  }
} catch (error) {
  output.talk(`demo: ${(error as Error).stack}\nLogs are in ${directory}`);
  process.exitCode = 1;
} finally {
  for (const close of closing.reverse()) await close();
}
process.exit();

interface Scene {
  readonly gitea: RealGitea;
  readonly shop: Shop;
  readonly jira: FakeJira;
  readonly slack: FakeSlack;
  readonly alertmanager: RealAlertmanager;
  readonly stack: Stack;
}

async function demo(): Promise<void> {
  title('Starting Gitea, Alertmanager, Slack, Jira, Temporal, gateway and worker');
  const scene = await start();
  const { stack, gitea, shop, alertmanager } = scene;
  say(`Temporal UI   ${stack.temporal.uiUrl}`);
  say(`Gitea         ${gitea.url}/${shop.project}`);
  say(`Alertmanager  ${alertmanager.url}`);
  await fromJira(scene);
  await fromGitea(scene);
  await fromAlertmanager(scene);
  await fromSlack(scene);
  title('What is left of it: pull requests at Gitea');
  const pulls = await pullsOf(scene);
  for (const { number, title: name, merged } of pulls) say(`#${number} ${merged ? 'merged' : 'NOT MERGED'}  ${name}`);
  if (pulls.filter(({ merged }) => merged).length !== 4) throw new Error('four merged pull requests were expected');
  if (values.pictures !== undefined) await pictures(scene, pulls, resolve(values.pictures));
}

async function start(): Promise<Scene> {
  const gitea = await RealGitea.start({ say, styled: values.pictures !== undefined });
  closing.push(() => gitea.stop());
  const shop = await openShop(gitea);
  const [jira, slack] = [new FakeJira(), new FakeSlack()];
  await Promise.all([jira.start(), slack.start()]);
  closing.push(
    () => jira.close(),
    () => slack.close(),
  );
  slack.workspace.addChannel(CHANNEL, 'shop');
  for (const [name, id] of Object.entries(PEOPLE)) slack.workspace.addUser(id, name);
  const people = join(directory, 'people.yaml');
  const persons = Object.entries(PEOPLE).map(([key, id]) => ({ key, name: key, ids: { slack: [id] } }));
  writeFileSync(people, JSON.stringify({ people: persons }));
  const stack = await startStack({
    ...{ directory, memory: false, quiet: false, models: 'environment' },
    configuration: {
      repos: [{ name: 'shop', forge: 'gitea', project: shop.project, match: [{ team: 'SHOP' }] }],
      forges: { gitea: { url: gitea.url } },
      jira: { flavour: 'cloud' },
      slack: { apiUrl: slack.apiUrl, channels: [{ id: CHANNEL, repos: ['shop'], tell: true }], editSeconds: 1 },
      doors: { own: { gitea: [shop.bot.name], jira: [jira.site.self.id] } },
      people,
    },
    env: {
      ...{ GITEA_TOKEN: shop.bot.token, GITEA_WEBHOOK_SECRET: SECRETS.gitea },
      ...{ JIRA_BASE_URL: jira.url, JIRA_EMAIL: jira.email, JIRA_API_TOKEN: jira.token },
      ...{ JIRA_WEBHOOK_SECRET: SECRETS.jira, ALERTMANAGER_WEBHOOK_SECRET: SECRETS.alertmanager },
      ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_SIGNING_SECRET: slack.signingSecret },
      // Nobody files tickets there in this one.
      ...{ LINEAR_API_KEY: '', LINEAR_WEBHOOK_SECRET: '' },
    },
  });
  closing.push(() => stack.close());
  await stack.startWorker('demo');
  const events = ['issues', 'issue_label', 'issue_comment', 'pull_request', 'pull_request_review', 'push'];
  await gitea.addWebhook(shop.project, { url: `${stack.gatewayUrl}/webhooks/gitea`, secret: SECRETS.gitea, events });
  const webhook = `${stack.gatewayUrl}/webhooks/alertmanager`;
  const alertmanager = await startAlertmanager({ webhook, token: SECRETS.alertmanager });
  closing.push(() => alertmanager.close());
  return { gitea, shop, jira, slack, alertmanager, stack };
}

async function fromJira({ jira, stack }: Scene): Promise<void> {
  title('A ticket in Jira gets the label');
  const { key, summary, description } = JIRA_TICKET;
  jira.site.addIssue({ key, summary, labels: ['bug', 'signalbox'], description: toAdf(description) });
  const body = JSON.stringify({
    ...{ timestamp: Date.now(), webhookEvent: 'jira:issue_updated' },
    user: { accountId: 'account-ada', displayName: 'Ada' },
    issue: { id: '1', key, fields: { labels: ['bug', 'signalbox'] } },
    changelog: { id: '1', items: [{ field: 'labels', fromString: 'bug', toString: 'bug signalbox' }] },
  });
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature': `sha256=${createHmac('sha256', SECRETS.jira).update(body).digest('hex')}`,
    'x-atlassian-webhook-identifier': randomUUID(),
  };
  const response = await fetch(`${stack.gatewayUrl}/webhooks/jira`, { method: 'POST', headers, body });
  say(`→ ${response.status} ${await response.text()}\n`);
  await shipped(stack, key);
  const { status, comments } = jira.site.issue(key);
  say(`\nThe ticket is "${status.name}" now and has ${comments.length} comments.`);
}

async function fromGitea({ gitea, shop, stack }: Scene): Promise<void> {
  title('An issue in Gitea gets the label');
  const at = `/repos/${shop.project}/issues`;
  const { number } = await gitea.api<{ number: number }>('POST', at, { as: shop.ada, body: GITEA_ISSUE });
  await gitea.api('POST', `${at}/${number}/labels`, { as: shop.ada, body: { labels: [shop.label] } });
  await shipped(stack, `acme.shop-${number}`);
}

async function fromAlertmanager({ alertmanager, stack }: Scene): Promise<void> {
  title('Alertmanager fires');
  const before = await missions(stack);
  await alertmanager.fire([{ ...ALERT, generatorURL: 'http://127.0.0.1/graph' }]);
  await shipped(stack, await newMission(stack, before));
}

async function fromSlack({ slack, stack }: Scene): Promise<void> {
  title('Ada writes /signalbox in Slack; the repair touches a protected path, so Grace decides there');
  const before = await missions(stack);
  const url = `${stack.gatewayUrl}/webhooks/slack`;
  const command = slack.people.command(`run in shop: ${SLACK_TEXT}`, { channel: CHANNEL, user: PEOPLE.ada });
  const response = await slack.deliver(slack.sign(command), url);
  say(`→ ${response.status}\n`);
  if (!response.ok) throw new Error(`the gateway refused the command: ${await response.text()}`);
  const item = await newMission(stack, before);
  const [pressed] = await Promise.all([approveInSlack(slack, url), shipped(stack, item)]);
  say(`\nGrace pressed: ${pressed}`);
  for (const { text, thread_ts: thread } of slack.workspace.channel(CHANNEL).messages) {
    say(`${thread ? '    ↳ ' : '  '}${text.split('\n')[0]?.slice(0, 140)}`);
  }
  if (slack.problems.length > 0) throw new Error(`Slack would have refused: ${slack.problems.join('; ')}`);
}

async function approveInSlack(slack: FakeSlack, url: string): Promise<string> {
  for (const end = Date.now() + MISSION_MS; Date.now() < end; await sleep(200)) {
    const asked = slack.workspace
      .channel(CHANNEL)
      .messages.find(({ blocks }) => JSON.stringify(blocks ?? []).includes('approval_approve'));
    if (!asked) continue;
    const pressed = slack.people.press('approval_approve', asked, { channel: CHANNEL, user: PEOPLE.grace });
    const response = await slack.deliver(slack.sign(pressed), url);
    return `approve → ${response.status}`;
  }
  throw new Error('nobody was asked in Slack');
}

async function missions({ client }: Stack): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { workflowId: id } of client.workflow.list({ query: `WorkflowType = 'mission'` })) found.add(id);
  return found;
}

async function newMission(stack: Stack, before: ReadonlySet<string>): Promise<string> {
  const prefix = workflowId.mission('');
  for (const end = Date.now() + MISSION_MS; Date.now() < end; await sleep(300)) {
    const added = [...(await missions(stack))].find((id) => !before.has(id));
    if (added) return added.slice(prefix.length);
  }
  throw new Error('no mission was started');
}

async function shipped({ client }: Stack, item: string): Promise<void> {
  const { outcome } = await watch({ client, item, output });
  if (outcome?.result !== 'shipped') throw new Error(`${item}: ${outcome?.result}, ${outcome?.because}`);
}

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly merged: boolean;
}

function pullsOf({ gitea, shop }: Scene): Promise<Pull[]> {
  return gitea.api<Pull[]>('GET', `/repos/${shop.project}/pulls?state=all`);
}

async function pictures({ stack, gitea, shop }: Scene, pulls: readonly Pull[], into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  // Of the one that a person had to approve, which is the last.
  const pull = pulls.toSorted((one, other) => other.number - one.number)[0]?.number;
  const pages = [
    { name: 'pull-request', url: `${gitea.url}/${shop.project}/pulls/${pull}`, height: 2200 },
    { name: 'all-doors', url: `${stack.temporal.uiUrl}/namespaces/default/workflows`, height: 1800 },
  ];
  const browser = await startBrowser();
  try {
    for (const { name, url, height } of pages) {
      writeFileSync(join(into, `${name}.png`), await browser.picture(url, { width: 1280, height }));
      say(`picture       ${join(into, `${name}.png`)}`);
    }
  } finally {
    await browser.close();
  }
}
