import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { modelCards } from '../adapters/models/cards.js';
import { processOutput } from '../cli/output.js';
import { workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { fileTicket, readTicket, type Stack, startStack } from '../test/stack.js';
import { type MissionStatus, missionStatus } from '../workflows/messages.js';
import { triageStatus } from '../workflows/messages-triage.js';
import { watch } from './demo-watch.js';

// The main job on the embedded default: real Temporal server, git, sandbox and gates, no key and no account. Only
// Linear is a local server, which speaks its GraphQL and signs its webhooks. Where models are configured they are used,
// and what comes of it is theirs to show.

const config = loadConfig();
const output = processOutput(config.color);
/** What models make of a ticket is told; what the free rung makes of it is known, and checked. */
const models = modelCards(config.models).map(({ name }) => name);
const keep = process.argv.includes('--keep') || (output.tty && !process.argv.includes('--no-keep'));

const say = (text = '') => output.data(text);
const title = (text: string) => say(`\n━━ ${text} ${'━'.repeat(Math.max(0, 90 - text.length))}\n`);

if (process.argv.includes('--help')) {
  say(
    'scripts/demo [--keep | --no-keep]\n\n  --keep     leave everything running at the end, until Ctrl-C (default on a terminal)',
  );
  process.exit(0);
}

const directory = join(config.stateDir, 'demo');
rmSync(directory, { recursive: true, force: true });
let stack: Stack | undefined;
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
  await stack?.close();
}
process.exit();

async function demo(): Promise<void> {
  title('Starting Temporal, gateway and worker');
  stack = await startStack({ directory, memory: false, quiet: false, models: 'environment' });
  const { temporal, linear, gatewayUrl, repo } = stack;
  await stack.startWorker('demo');
  say(`Temporal UI   ${temporal.uiUrl}`);
  say(`gateway       ${gatewayUrl}`);
  say(`tickets       ${linear.apiUrl}`);
  say(`repository    ${repo.bare}`);
  say(`models        ${models.join(', ') || 'none: the free rung alone (set ANTHROPIC_API_KEY, see docs/models.md)'}`);

  const first = await faults(stack);
  await redelivery(stack, first.delivery);
  await cannotDo(stack);
  await protectedPath(stack);
}

async function faults(at: Stack): Promise<{ delivery: ReturnType<Stack['linear']['addLabel']> }> {
  title('PAR-101: one ticket, five faults in two modules');
  const ticket = readTicket('parcels-faults');
  fileTicket(at.linear, ticket);
  say(
    `${ticket.description}\nSomebody adds the label "signalbox": a signed webhook goes to ${at.gatewayUrl}/webhooks/linear`,
  );
  const delivery = at.linear.addLabel(ticket.identifier, 'signalbox');
  await deliver(at, delivery);
  const status = await watchApproved(at, ticket.identifier);
  report(at, status);
  expectResult(status, 'shipped');
  say(`\n$ signalbox proof ${ticket.identifier}\n\n${await cli(at, 'proof', ticket.identifier)}`);
  say(`\n${at.repo.git('log', '--graph', '--oneline', '--decorate', '-12', 'main')}`);
  say(`\n${at.repo.git('show', '--no-patch', '--format=%B', 'main')}`);
  return { delivery };
}

async function redelivery(at: Stack, delivery: ReturnType<Stack['linear']['addLabel']>): Promise<void> {
  title('The same webhook again: a redelivery starts nothing');
  const before = await runs(at, 'PAR-101');
  await deliver(at, delivery);
  const folded = await triage(at, 'PAR-101');
  const after = await runs(at, 'PAR-101');
  say(`folded deliveries: ${folded.folded}, missions before: ${before}, after: ${after}`);
  if (folded.folded < 1 || before !== after) throw new Error('the redelivery was not folded');
}

async function cannotDo(at: Stack): Promise<void> {
  title(models.length > 0 ? 'PAR-102: a feature' : 'PAR-102: a feature, which the free rung cannot build');
  const main = at.repo.git('rev-parse', 'main');
  const ticket = readTicket('parcels-csv-export');
  fileTicket(at.linear, ticket);
  await deliver(at, at.linear.addLabel(ticket.identifier, 'signalbox'));
  const status = await watchApproved(at, ticket.identifier);
  report(at, status);
  expectResult(status, 'cannot-do');
  const merged = at.repo.git('rev-parse', 'main') !== main;
  if (merged !== (status.outcome?.result === 'shipped')) throw new Error('main does not say what the mission says');
  say(merged ? `\n${at.repo.git('show', '--stat', 'main')}` : '\nmain is where it was: nothing was merged.');
}

async function protectedPath(at: Stack): Promise<void> {
  title('PAR-103: the repair touches a protected path, so a person decides');
  at.repo.commit('parcels-tax-fault', 'Tests for the reverse charge');
  say('A person has committed a failing test of the tax rules to main, and files the ticket.\n');
  const ticket = readTicket('parcels-tax');
  fileTicket(at.linear, ticket);
  await deliver(at, at.linear.addLabel(ticket.identifier, 'signalbox'));
  const status = await watchApproved(at, ticket.identifier);
  report(at, status);
  expectResult(status, 'shipped');
}

/** As another person would, whenever the mission asks for the merge. Money is not given away here. */
async function approve(at: Stack, item: string): Promise<void> {
  const mission = at.client.workflow.getHandle(workflowId.mission(item));
  for (;;) {
    const status = await mission.query(missionStatus).catch(() => undefined);
    if (status?.outcome) return;
    if (status?.waitingOn && status.stage === 'approval') {
      const answer = await cli(at, 'approve', item, '--reason', 'read the diff and the proof');
      say(`\n$ signalbox approve ${item} --reason "read the diff and the proof"\n${answer}`);
      return;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function cli(at: Stack, ...args: string[]): Promise<string> {
  const program = join(config.installDir, 'dist/cli/main.js');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env: { ...at.env } });
  return `${stdout}${stderr}`.trim();
}

async function deliver(at: Stack, webhook: ReturnType<Stack['linear']['addLabel']>): Promise<void> {
  const response = await at.linear.deliver(webhook, `${at.gatewayUrl}/webhooks/linear`);
  say(`→ ${response.status} ${await response.text()}\n`);
  if (!response.ok) throw new Error('the gateway refused the webhook');
}

async function watchApproved(at: Stack, item: string): Promise<MissionStatus> {
  const approving = approve(at, item);
  const status = await watch({ client: at.client, item, output });
  await approving;
  return status;
}

function report(at: Stack, { item, outcome }: MissionStatus): void {
  if (!outcome) return;
  say();
  say(`result        ${outcome.result}: ${outcome.because}`);
  if (outcome.mergeCommit) say(`merge commit  ${outcome.mergeCommit}`);
  if (outcome.proof) say(`proof         sha256:${outcome.proof.sha256} (signalbox proof ${item})`);
  say(`plan versions ${outcome.planVersions}`);
  say(`cost          $${outcome.spend.usd?.toFixed(2) ?? 'unknown'}, ${outcome.spend.candidates} candidates tried`);
  say(`stages        ${outcome.stages.map(({ stage, ms }) => `${stage} ${(ms / 1000).toFixed(1)} s`).join(', ')}`);
  say(
    `Temporal UI   ${at.temporal.uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId.mission(item))}`,
  );
  const issue = at.linear.workspace.issue(item);
  say(`\nThe ticket ${issue.url} is "${issue.state.name}" now and says:`);
  for (const { body, author } of issue.comments) say(`\n  ${author.name}:\n${body.replace(/^/gm, '  │ ')}`);
}

function expectResult({ item, outcome }: MissionStatus, result: string): void {
  if (models.length === 0 && outcome?.result !== result)
    throw new Error(`${item} ended as ${outcome?.result}, expected ${result}: ${outcome?.because}`);
}

function triage(at: Stack, item: string) {
  return at.client.workflow.getHandle(workflowId.triage(`linear/${item}`)).query(triageStatus);
}

async function runs(at: Stack, item: string): Promise<number> {
  const { count } = await at.client.workflow.count(`WorkflowId = "${workflowId.mission(item)}"`);
  return count;
}
