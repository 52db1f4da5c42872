import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { HeldWorkspaces } from '../activities/held-workspaces.js';
import { createToolActivities } from '../activities/tools.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createBench, type Files } from '../adapters/sandbox/testing.js';
import {
  type RoleName,
  type RunTools,
  type Scope,
  type Session,
  ToolName,
  type ToolsResult,
} from '../schemas/agent.js';
import type { Message, Part } from '../schemas/model.js';

// A session of an agent over a real sandbox: tests say what the model asks for, and see what it is told.

export type Call = readonly [name: string, input: unknown];

export interface Turn {
  readonly result: ToolsResult;
  /** One per call; what Signalbox adds is behind the last one. */
  readonly texts: readonly string[];
  readonly errors: readonly boolean[];
  readonly message: Message;
  readonly beats: readonly unknown[];
  readonly input: RunTools;
}

const BLUEPRINT = `version: 1
modules:
  app: { path: ., language: javascript, runner: node-test, sources: ['src/**'], tests: ['test/**'] }
gates:
  - { name: test, command: 'true' }
limits: { memoryMiB: 512, processes: 64, diskMiB: 64 }
redact: [Project Falcon]
`;

const PRICE = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 };

export interface SessionOptions {
  readonly role?: RoleName;
  readonly scope?: Scope;
  readonly tools?: readonly string[];
  readonly key?: string;
}

export const EVERYWHERE: Scope = { allow: ['**'], deny: [] };

export async function createToolBench(files: Files, limits: { readonly most?: number; readonly idleMs?: number } = {}) {
  const bench = createBench();
  const blobs = createBlobs(join(bench.root, 'blobs'));
  const held = new HeldWorkspaces(limits);
  const { tree } = await bench.commit(files);
  const { workspaces, depot } = bench.host;
  const activities = createToolActivities({ workspaces, depot, blobs, held });
  const put = async (value: unknown) => (await blobs.put(JSON.stringify(value), 'application/json')).sha256;
  const read = async (sha256: string) => JSON.parse((await blobs.get({ sha256 })).toString());
  const blueprint = await blobs.put(BLUEPRINT, 'text/yaml');

  async function session({ role = 'coder', scope = EVERYWHERE, tools, key = 'key' }: SessionOptions = {}) {
    const names = tools ?? ToolName.options;
    const value: Session = {
      version: 1,
      key,
      role,
      prompt: { name: `${role}@1`, sha256: '0'.repeat(64) },
      system: '',
      tools: names.map((name) => ({ name, description: '', inputSchema: {} })),
      scope,
      repo: 'app',
      near: tree,
      blueprint,
      rungs: [
        { tier: 'small', models: ['m'], because: 'test', price: PRICE, contextTokens: 1000, maxOutputTokens: 100 },
      ],
      thinkingTokens: 0,
    };
    const first = await put({ role: 'user', parts: [{ type: 'text', text: 'begin' }] });
    return { session: await put(value), conversation: await put({ version: 1, messages: [first], outputs: [] }) };
  }

  /** The model's next answer, as it is kept before its calls are carried out. */
  async function ask(conversation: string, calls: readonly Call[]): Promise<string> {
    const before = await read(conversation);
    const parts: Part[] = calls.map(([name, input], index) => ({
      type: 'tool-call',
      id: `call-${index}`,
      name,
      input,
    }));
    const message = await put({ role: 'assistant', parts });
    return put({ ...before, messages: [...before.messages, message] });
  }

  async function run(input: RunTools): Promise<Turn> {
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => beats.push(details));
    const result = (await environment.run(activities.runTools, input)) as ToolsResult;
    const { messages } = await read(result.conversation);
    const message = (await read(messages.at(-1))) as Message;
    const results = message.parts.flatMap((part) => (part.type === 'tool-result' ? [part] : []));
    const texts = results.map(({ content }) =>
      content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
    );
    return { result, texts, errors: results.map(({ isError }) => isError), message, beats, input };
  }

  /** One conversation, turn by turn. */
  async function open(options: SessionOptions = {}) {
    const opened = await session(options);
    let at: Pick<ToolsResult, 'tree' | 'conversation'> = { tree, conversation: opened.conversation };
    return {
      id: opened.session,
      async turn(...calls: readonly Call[]): Promise<Turn> {
        const conversation = await ask(at.conversation, calls);
        const turn = await run({ repo: 'app', tree: at.tree, session: opened.session, conversation });
        at = turn.result;
        return turn;
      },
    };
  }

  return {
    bench,
    blobs,
    held,
    tree,
    activities,
    open,
    ask,
    run,
    /** Paths and kinds of what changed against the base. */
    async changes(to: string): Promise<string[]> {
      const changes = await depot.changes('app', tree, to);
      return changes.map(({ path, status }) => `${status} ${path}`);
    },
    content: (to: string, path: string) => depot.read('app', to, path),
    async remove() {
      await held.closeAll();
      bench.remove();
    },
  };
}

export type ToolBench = Awaited<ReturnType<typeof createToolBench>>;
