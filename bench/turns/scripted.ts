import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import type { WorkItem } from '../../schemas/work-item.js';
import { FakeModels } from '../../test/fakes/models/fake-models.js';
import { byRole, type FakeCall, type FakeReply } from '../../test/fakes/models/script.js';
import { NO_KEYS, type WorkerProcess } from '../../test/processes.js';
import type { BenchContext } from '../context.js';
import { type Installation, startInstallation } from '../installation.js';

// Missions with agents whose models are scripted and whose everything else is real: an item says how many turns its
// coder takes and how many tools it asks for in each.

export const REPO = 'app';
const TASK = 'change';
const MODEL = 'claude-scripted';
const FILES = 20;
const LINES_IN_FILE = 200;
const LINES_READ = 12;
const price = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 };

/** Its window is large enough for the longest conversation here: none is compacted. */
const MODELS = {
  use: [
    {
      ...{ provider: 'anthropic', id: MODEL, tier: 'strong', price },
      ...{ contextTokens: 2_000_000, maxOutputTokens: 8_000, thinking: false },
    },
  ],
};

/** About as little as a repository can have: one gate without tests, one lens. */
const BLUEPRINT = {
  version: 1,
  modules: {},
  gates: [{ name: 'check', command: 'true' }],
  review: { lenses: ['correctness'] },
  policy: { approveAbove: 'high' },
  limits: { turnsPerTask: 500, taskWallTime: '1h' },
  budget: { usd: 100_000, tokens: 1_000_000_000 },
  roles: { coder: { usd: 100_000 } },
};

/** What the coder of an item is to do; told in the words of the item. */
export interface Shape {
  /** Of the coder; a file of this name is what it adds. */
  readonly name: string;
  readonly turns: number;
  /** In each turn. */
  readonly tools: number;
}

export function shapedItem({ name: key, turns, tools }: Shape): WorkItem {
  const text = `Take ${turns} turns of ${tools} tools for ${key}.`;
  return {
    ...{ key, source: { kind: 'cli', id: key }, title: 'Look at every file', problem: text, expected: text },
    ...{ acceptance: [text], repo: REPO, type: 'feature', severity: 'normal', risk: 'low' },
    routedBecause: 'it is the only repository',
  };
}

/** A bare repository with files to read. */
function createRepo(directory: string): string {
  const work = join(directory, 'work');
  const bare = join(directory, `${REPO}.git`);
  mkdirSync(join(work, 'src'), { recursive: true });
  writeFileSync(join(work, 'signalbox.yaml'), stringify(BLUEPRINT));
  for (let n = 0; n < FILES; n++) {
    const lines = Array.from(
      { length: LINES_IN_FILE },
      (_, line) => `export const value${n}_${line} = ${n * line}; // a line of code as others are`,
    );
    writeFileSync(join(work, `src/file-${n}.ts`), `${lines.join('\n')}\n`);
  }
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: work, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--quiet', '--message=files');
  git('clone', '--quiet', '--bare', '.', bare);
  return bare;
}

/** Each read is of another place, so that no turn is like another. */
export function reads(turn: number, tools: number): FakeReply['tools'] {
  return Array.from({ length: tools }, (_, n) => ({
    name: 'read',
    input: {
      path: `src/file-${(turn + n) % FILES}.ts`,
      from: 1 + ((turn * 7 + n) % (LINES_IN_FILE - LINES_READ)),
      lines: LINES_READ,
    },
  }));
}

/** In place of a plan: the mission waits for the answer. */
const PARK = 'Ask before anything else.';

const ASK = { tools: [{ name: 'ask', input: { question: 'Which one?', options: [] } }] };

const submit = (input: unknown) => ({ tools: [{ name: 'submit', input }] });

function shapeOf({ messages }: FakeCall): Shape {
  const said = messages[0]?.texts.join('\n').match(/Take (\d+) turns of (\d+) tools for (\S+)\./);
  if (!said) throw new Error('the item does not say how many turns it takes');
  return { turns: Number(said[1]), tools: Number(said[2]), name: String(said[3]) };
}

export const planned = byRole({
  planner: ({ messages }) =>
    messages[0]?.texts.join('\n').includes(PARK)
      ? ASK
      : submit({
          criteria: [{ text: 'every file was looked at', check: 'the gate' }],
          ...{ questions: [], assumptions: [], risks: [], risk: 'low' },
          tasks: [
            {
              ...{
                id: TASK,
                title: 'Look at every file',
                goal: 'Look at every file',
                acceptance: ['it was looked at'],
              },
              ...{
                needs: [],
                touches: ['notes.md', 'src/**'],
                role: 'coder',
                proof: 'gates',
                targets: [],
                size: 'small',
              },
            },
          ],
        }),
  critic: () => submit({ verdict: 'accept', objections: [] }),
  coder: (call) => {
    const { turns, tools, name } = shapeOf(call);
    if (call.turn >= turns) {
      const told = call.messages
        .at(-1)
        ?.toolResults.map(({ text }) => text)
        .join('; ');
      throw new Error(`what the coder handed in was not taken: ${told} ${call.lastUser}`);
    }
    const last = call.turn + 1 === turns;
    if (!last) return { text: 'I look at the next places.', tools: reads(call.turn, tools) ?? [] };
    const edit = { name: 'edit', input: { path: `src/${name}.ts`, old: '', new: 'export const looked = true;\n' } };
    return { tools: [edit, { name: 'submit', input: { summary: 'I looked at every file', answers: [] } }] };
  },
  reviewer: () => submit({ risk: 'low', riskBecause: 'one line', findings: [], earlier: [] }),
});

export interface Scripted {
  readonly installation: Installation;
  readonly models: FakeModels;
  readonly worker: WorkerProcess;
  close(): Promise<void>;
}

/** An installation with that repository, whose models say what the script says. */
export async function startScripted(
  { directory, cacheDir, installDir }: BenchContext,
  name: string,
): Promise<Scripted> {
  const root = join(directory, name);
  const url = createRepo(root);
  const models = new FakeModels();
  models.script(planned);
  await models.start();
  const installation = await startInstallation({
    ...{ directory: root, cacheDir, installDir, repos: [{ name: REPO, url }] },
    models: {
      env: { ...NO_KEYS, ANTHROPIC_API_KEY: models.apiKey, ANTHROPIC_BASE_URL: models.anthropicUrl },
      config: MODELS,
    },
  });
  const worker = await installation.startWorker('bench');
  return {
    ...{ installation, models, worker },
    async close() {
      await installation.close();
      await models.close();
    },
  };
}

/** Throws unless the mission ships. */
export async function runShaped({ installation, models }: Scripted, shape: Shape): Promise<void> {
  const { result, because }: Outcome = await installation.client.workflow.execute(
    'mission',
    missionOf(shapedItem(shape)),
  );
  if (result === 'shipped') return;
  throw new Error(`the mission was to ship, and ended with ${result}: ${because} ${models.scriptErrors[0] ?? ''}`);
}

export function taskHandle({ installation }: Scripted, { name }: Shape) {
  return installation.client.workflow.getHandle(workflowId.task(name, TASK));
}

export function missionOf(item: WorkItem) {
  return { taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item.key), args: [{ item, attempt: 1 }] };
}

/** An item whose planner asks something back: its mission waits. */
export function parkedItem(name: string): WorkItem {
  return { ...shapedItem({ name, turns: 1, tools: 1 }), problem: PARK };
}
