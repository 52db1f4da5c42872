import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { addCost, NO_COST, usdOf } from '../../../schemas/cost.js';
import type { Cost, Price } from '../../../schemas/money.js';
import { workflowId } from '../../../schemas/names.js';
import type { Outcome } from '../../../schemas/outcome.js';
import { loadConfig } from '../../../temporal.config.js';
import { type MissionStatus, missionStatus } from '../../../workflows/messages.js';
import { eventually } from '../../eventually.js';
import { FakeModels } from '../../fakes/models/fake-models.js';
import { fileTicket, readTicket, type Stack, type StackOptions, startStack } from '../../stack.js';

// Everything real but the models, which are scripts behind the vendors' own protocols.

const PRICES: Readonly<Record<string, Price>> = {
  'claude-haiku-5-5': { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
  'local-small': { input: 0.5, output: 2, cacheRead: 0.25, cacheWrite: 0 },
  'claude-sonnet-5-5': { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  'local-strong': { input: 2, output: 8, cacheRead: 1, cacheWrite: 0 },
};

/** From one stage of a mission to the next, with builds and tests in sandboxes between them. */
const STAGE_MS = 300_000;

/** Small enough that a model which reads two long files is near its end. */
const SMALL = { tier: 'small', contextTokens: 32_000, maxOutputTokens: 8_000 };
const STRONG = { tier: 'strong', contextTokens: 200_000, maxOutputTokens: 16_000 };
const USE = [
  { provider: 'anthropic', id: 'claude-haiku-5-5', ...SMALL },
  { provider: 'openai', id: 'local-small', ...SMALL },
  { provider: 'anthropic', id: 'claude-sonnet-5-5', ...STRONG },
  { provider: 'openai', id: 'local-strong', ...STRONG },
].map((choice) => ({ ...choice, price: PRICES[choice.id] }));

/** The five faults of the example, without which its scenario passes: what agents do is then theirs alone. */
const MENDED: readonly (readonly [path: string, from: string, to: string])[] = [
  ['rates/rates/rounding.py', 'math.floor', 'math.ceil'],
  ['rates/rates/zones.py', 'direction(destination, origin)', 'direction(origin, destination)'],
  ['service/src/discount.ts', 'parcels > from', 'parcels >= from'],
  ['service/src/events.ts', 'continue;\n', 'continue;\n    seen.add(key);\n'],
  ['service/src/pagination.ts', '(size - 1)', 'size'],
];

export interface AgentStack extends Stack {
  readonly directory: string;
  readonly models: FakeModels;
  /** Commits files over the default branch of the repository, as a person would. */
  write(files: Readonly<Record<string, string>>, message: string): void;
  /** Files the ticket, also under another identifier. Resolves with its identifier once the mission runs. */
  label(ticket: string, identifier?: string): Promise<string>;
  /** Throws what the process said when it does not end with 0. */
  cli(args: readonly string[], user?: string): Promise<string>;
  status(item: string): Promise<MissionStatus>;
  outcome(item: string): Promise<Outcome>;
  comments(item: string): readonly string[];
  /** Throws as soon as a script failed or the mission ended. */
  until(item: string, holds: (status: MissionStatus) => boolean): Promise<MissionStatus>;
  /** Of everything that the models answered. */
  paid(): Cost;
  /** Every request that the models were sent, as text. */
  prompts(): string;
  remove(): Promise<void>;
}

type AgentStackOptions = Partial<Pick<StackOptions, 'blueprint' | 'holdouts' | 'memory' | 'configuration' | 'env'>>;

export async function startAgentStack(options: AgentStackOptions = {}): Promise<AgentStack> {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-agents-'));
  const models = new FakeModels({ apiKey: 'sk-canary-of-the-models' });
  await models.start();
  const env = {
    ANTHROPIC_API_KEY: models.apiKey,
    ANTHROPIC_BASE_URL: models.anthropicUrl,
    OPENAI_API_KEY: models.apiKey,
    OPENAI_BASE_URL: models.openaiUrl,
  };
  const stack = await startStack({ memory: true, ...options, directory, models: { env, config: { use: USE } } });
  const work = join(directory, 'parcels');
  const write: AgentStack['write'] = (files, message) => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: work, stdio: 'pipe' });
    git('pull', '--quiet', 'origin', 'main');
    for (const [path, text] of Object.entries(files)) writeFileSync(join(work, path), text);
    git('add', '--all');
    const person = ['-c', 'user.name=Parcels', '-c', 'user.email=parcels@example.com'];
    git(...person, 'commit', '--quiet', '--message', message);
    git('push', '--quiet', 'origin', 'main');
  };
  const mended = MENDED.map(([path, from, to]): [string, string] => {
    const before = readFileSync(join(work, path), 'utf8');
    return [path, before.replace(from, to)];
  });
  write(Object.fromEntries(mended), 'Mend five faults');
  const handle = (item: string) => stack.client.workflow.getHandle<() => Promise<Outcome>>(workflowId.mission(item));
  const status = (item: string) => handle(item).query<MissionStatus, []>(missionStatus);
  const until: AgentStack['until'] = async (item, holds) => {
    const failed = () => models.scriptErrors.length > 0;
    const seen = await eventually(
      () => status(item).catch(() => undefined),
      (now) => failed() || (now !== undefined && (holds(now) || now.outcome !== undefined)),
      STAGE_MS,
    );
    refuseErrors(models);
    if (!seen || !holds(seen)) throw new Error(`ended too early: ${JSON.stringify(seen?.outcome)}`);
    return seen;
  };
  return {
    ...stack,
    ...{ directory, models, write, status, until },
    async label(name, identifier) {
      const filed = readTicket(name);
      const ticket = { ...filed, identifier: identifier ?? filed.identifier };
      fileTicket(stack.linear, ticket);
      const webhook = stack.linear.addLabel(ticket.identifier, 'signalbox');
      const response = await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`);
      expect(response.status).toBe(200);
      await until(ticket.identifier, () => true);
      return ticket.identifier;
    },
    async cli(args, user = 'olga') {
      const run = promisify(execFile)(process.execPath, [join(loadConfig().installDir, 'dist/cli/main.js'), ...args], {
        env: { ...stack.env, USER: user },
      });
      return (await run).stdout;
    },
    async outcome(item) {
      const outcome = await handle(item).result();
      refuseErrors(models);
      return outcome;
    },
    comments: (item) => stack.linear.workspace.issue(item).comments.map(({ body }) => body),
    paid: () =>
      models.requests.reduce((sum, { model, usage }) => {
        if (!usage) return sum;
        return addCost(sum, { usd: usdOf(usage, PRICES[model] ?? null), usage });
      }, NO_COST),
    prompts: () => models.requests.map(({ body }) => JSON.stringify(body)).join('\n'),
    async remove() {
      await stack.close();
      await models.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The first one says what went wrong; the others follow from it. */
function refuseErrors({ scriptErrors: [first] }: FakeModels): void {
  if (first) throw first;
}
