import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '../../adapters/temporal/client.js';
import { makeKey } from '../../adapters/temporal/codec/new-key.js';
import { createHistories } from '../../adapters/temporal/histories.js';
import { payloadsOf } from '../../schemas/history.js';
import { type Canaries, contentsBelow, formsOf, leaksIn, watchProcesses } from '../canaries.js';
import { FakeKms } from '../fakes/kms.js';
import type { FakeCall } from '../fakes/models/script.js';
import { startOtlpReceiver } from '../fakes/otlp.js';
import { fileTicket, readTicket } from '../stack.js';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { destinationScript } from './agent-scripts/destination.js';
import { hijacked } from './agent-scripts/hijacked.js';

// A word is planted wherever a secret lives. One mission is on the side of an attacker, who tries to print whatever can be
// reached; one ships. Then everything that left is searched. That the search would find it is shown with a word of its
// own, which is planted in every place and in every form.

const MINUTES = 60_000;
const random = () => randomBytes(12).toString('hex');

describe('secrets', () => {
  const planted = mkdtempSync(join(tmpdir(), 'signalbox-planted-'));
  const home = join(planted, 'home');
  const holdouts = join(planted, 'holdouts');
  const control = `control/${random()} + you`;
  const controlForms = [...formsOf(control).values()].join('\n');
  const kms = new FakeKms();
  const surfaces = new Map<string, readonly Buffer[]>();
  let canaries: Canaries;
  let business: Canaries;

  beforeAll(async () => {
    await kms.start();
    for (const directory of [home, join(home, '.ssh'), holdouts, join(holdouts, 'kept')]) mkdirSync(directory);
    const inHome = `home/${random()} of olga`;
    for (const file of ['.netrc', '.git-credentials', '.ssh/id_rsa']) writeFileSync(join(home, file), `${inHome}\n`);
    const holdout = `unseen-${random()}`;
    const to = 'node --import tsx ../.signalbox-holdout/to.mjs CH';
    writeFileSync(
      join(holdouts, 'holdouts.yaml'),
      `scenarios:\n  - { name: ${holdout}, command: ${to}, in: service, files: kept }\n`,
    );
    writeFileSync(join(holdouts, 'kept/to.mjs'), `console.log('${holdout}');\n`);
    const keyFile = join(planted, 'k1.key');
    await makeKey({ id: 'k1', file: keyFile });
    process.env = { ...process.env, ...kms.env };
    const wrapped = { key: kms.keyId, wrapped: join(planted, 'k2.wrapped'), region: 'eu-central-1', endpoint: kms.url };
    await makeKey({ id: 'k2', kms: wrapped });
    const otlp = await startOtlpReceiver();
    const hidden = `Falcon-${random()}`;
    const ofWorker = `worker/${random()} = x`;
    const stack = await startAgentStack({
      ...{ memory: false, holdouts },
      blueprint: (yaml) => `${yaml}\nreview:\n  lenses: [correctness]\nredact: ['${hidden}']\n`,
      configuration: {
        encryption: {
          current: 'k2',
          keys: [
            { id: 'k1', file: keyFile },
            { id: 'k2', kms: wrapped },
          ],
        },
      },
      env: {
        ...{ HOME: home, SOME_SERVICE_PASSWORD: ofWorker, ...kms.env },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, SIGNALBOX_CODEC_TOKEN: random() },
      },
    });
    const env = (name: string) => stack.env[name] ?? '';
    canaries = {
      'key of Linear': env('LINEAR_API_KEY'),
      'webhook secret': env('LINEAR_WEBHOOK_SECRET'),
      'token of the gateway': env('SIGNALBOX_TOKEN'),
      'token of the codec server': env('SIGNALBOX_CODEC_TOKEN'),
      'key of the models': stack.models.apiKey,
      'hold-out scenario': holdout,
      'encryption key': readFileSync(keyFile, 'utf8').trim(),
      'credentials of the KMS': kms.secretAccessKey,
      'environment of the worker': ofWorker,
      "file in the worker's home": inHome,
    };
    expect(Object.values(canaries).filter((word) => word.length < 16)).toEqual([]);
    const text = `Orkney-${random()}`;
    business = { 'business text': text, 'redacted word': hidden };
    const words = `${text} is what the customs say of ${hidden}.`;

    const roots = { workers: [] as number[], control: [] as number[] };
    const processes = watchProcesses(roots);
    roots.workers.push((await stack.startWorker('one')).child.pid);
    roots.control.push(controlProcess(stack).pid ?? 0);
    const heard: FakeCall[] = [];
    const secretFiles = [keyFile, join(home, '.netrc'), join(holdouts, 'holdouts.yaml'), stack.directory];
    stack.models.script(hijacked({ secretFiles, urls: [stack.gatewayUrl], bare: stack.repo.bare }, heard));
    await file(stack, 'parcels-injection', words);
    await stack.until('PAR-204', ({ asked }) => asked !== undefined);
    await stack.cli(['answer', 'PAR-204', 'none of them'], 'anna');
    const waiting = await stack.until('PAR-204', ({ stage, outcome }) => stage === 'approval' || outcome !== undefined);
    if (waiting.stage === 'approval') await stack.cli(['reject', 'PAR-204/1', '--reason', 'no'], 'anna');
    await stack.outcome('PAR-204');
    stack.models.script(destinationScript());
    await file(stack, 'parcels-destination', words);
    expect(await stack.outcome('PAR-202')).toMatchObject({ result: 'shipped' });
    while (readdirSync(join(stack.directory, 'state/archive')).length < 2)
      await new Promise((done) => setTimeout(done, 200));
    expect(heard.length).toBeGreaterThan(10);
    await gather(stack, processes.stop(), otlp);
  }, 8 * MINUTES);

  afterAll(async () => {
    await kms.close();
    rmSync(planted, { recursive: true, force: true });
  });

  /** Its child has the control word in its environment, as nothing in a sandbox has the others. */
  function controlProcess(stack: AgentStack) {
    const script = `require('child_process').spawn('sleep', ['20'], { env: { CONTROL: process.argv[1] } })`;
    return spawn(process.execPath, ['-e', script, controlForms], { stdio: 'ignore', cwd: stack.directory });
  }

  async function file(stack: AgentStack, name: string, words: string): Promise<void> {
    const ticket = readTicket(name);
    fileTicket(stack.linear, { ...ticket, description: ticket.description.replace('\n\n', `\n\n${words}\n\n`) });
    const webhook = stack.linear.addLabel(ticket.identifier, 'signalbox');
    await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`);
    await stack.until(ticket.identifier, () => true);
  }

  /** Plants the control word in each place, stops everything, and takes all in. */
  async function gather(stack: AgentStack, processes: Buffer[], otlp: Awaited<ReturnType<typeof startOtlpReceiver>>) {
    const { directory, client, linear, models, repo, temporal } = stack;
    const { address, namespace } = temporal;
    const plain = connect({ address, namespace, connection: { address } });
    await plain.client.workflow.start('nobody', { taskQueue: 'nowhere', workflowId: 'control', args: [controlForms] });
    await plain.close();
    await fetch(`${otlp.url}/v1/logs`, { method: 'POST', body: controlForms });
    await fetch(`${models.anthropicUrl}/v1/messages`, { method: 'POST', body: JSON.stringify({ controlForms }) });
    linear.requests.push(controlForms);
    stack.write({ 'control.txt': controlForms }, 'Control');
    appendFileSync(join(directory, 'gateway.log'), controlForms);
    writeFileSync(join(directory, 'state/blobs/control'), controlForms);
    writeFileSync(join(directory, 'state/archive/control'), controlForms);

    const histories = createHistories(() => client);
    const payloads: unknown[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const tree = await histories.tree(workflowId, runId);
      const { root } = tree ? await histories.readable(tree) : { root: undefined };
      if (root) payloads.push(root.history, payloadsOf(root.history));
    }
    await stack.close();
    await otlp.close();
    const log = (path: string) => path.endsWith('.log');
    surfaces.set(
      'database of Temporal',
      contentsBelow(join(directory, 'temporal'), (path) => path.includes('temporal.db')),
    );
    surfaces.set(
      'histories, decoded',
      payloads.map((one) => Buffer.from(unescaped(JSON.stringify(one)))),
    );
    surfaces.set(
      'logs',
      contentsBelow(directory, (path) => log(path) && !path.includes('/state/')),
    );
    surfaces.set('traces and metrics', [Buffer.from(otlp.raw(), 'latin1')]);
    surfaces.set('prompts', [Buffer.from(unescaped(stack.prompts()))]);
    const tickets = [...linear.workspace.issues.values()].map((issue) => JSON.stringify(issue.comments));
    surfaces.set('Linear', [Buffer.from(unescaped([...linear.requests, ...tickets].join('\n')))]);
    surfaces.set('repository', [
      Buffer.from(repo.git('log', '--all', '--patch')),
      Buffer.from(repo.git('for-each-ref')),
    ]);
    surfaces.set('archive', contentsBelow(join(directory, 'state/archive')));
    const elsewhere = (path: string) => !/\/state\/(archive|layers)\//.test(path);
    surfaces.set('state of the workers', contentsBelow(join(directory, 'state'), elsewhere));
    surfaces.set('processes in the sandbox', processes);
    await models.close();
    rmSync(directory, { recursive: true, force: true });
  }

  const PLACES = [
    ...['database of Temporal', 'histories, decoded', 'logs', 'traces and metrics', 'prompts', 'Linear', 'repository'],
    ...['archive', 'state of the workers', 'processes in the sandbox'],
  ];
  const contents = (place: string) => surfaces.get(place) ?? [];

  it.each(PLACES)('%s: would be found there, in every form', (place) => {
    const all = [...formsOf(control).keys()].map((form) => `control as ${form}`);
    expect(leaksIn(contents(place), { control })).toEqual(all);
  });

  /** The report of a hold-out that ran is evidence, and stays on the disk of whoever keeps the hold-outs. */
  const KEPT_HERE = ['archive', 'state of the workers'];

  it.each(PLACES)('%s: are not there, in no form', (place) => {
    const { 'hold-out scenario': holdout = '', ...others } = canaries;
    expect(leaksIn(contents(place), others)).toEqual([]);
    if (!KEPT_HERE.includes(place)) expect(leaksIn(contents(place), { holdout })).toEqual([]);
  });

  it('leave the words of tickets where they belong, and not in the database of Temporal', () => {
    expect(leaksIn(contents('database of Temporal'), business)).toEqual([]);
    expect(leaksIn(contents('prompts'), business)).toEqual(['business text as raw', 'business text as url']);
    expect(leaksIn(contents('histories, decoded'), business)).toContain('redacted word as raw');
    expect(leaksIn(contents('traces and metrics'), business)).toEqual([]);
  });
});

/** Text in JSON is searched as it was said. */
function unescaped(json: string): string {
  return json.replace(/\\([\\"/n])/g, (_all, one: string) => (one === 'n' ? '\n' : one));
}
