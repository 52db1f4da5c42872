import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { append, readConversation, readMessages } from '../activities/conversation.js';
import type { Permission } from '../activities/halt.js';
import { createModelActivities, type ModelActivities } from '../activities/model-call.js';
import { ModelHealth } from '../activities/model-health.js';
import type { Blobs } from '../activities/ports.js';
import type { ModelCallMeasure, PaidAnswers } from '../activities/ports-models.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createPaidAnswers } from '../adapters/blobs/paid-answers.js';
import { createModels } from '../adapters/models/models.js';
import type { CallModel, CallResult, Session } from '../schemas/agent.js';
import type { Message } from '../schemas/model.js';
import { FakeModels } from './fakes/models/fake-models.js';

// The step that calls models as a worker has it: real providers over HTTP, real files, only the models are not.

export const CLAUDE = 'anthropic/claude-haiku-4-5';
export const GPT = 'openai/gpt-x';

const price = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 };
const BLUEPRINT = {
  version: 1,
  modules: {},
  gates: [{ name: 'tests', in: '.', command: 'true', timeout: '1m' }],
  redact: ['hush-hush'],
};

/** Where the models are. */
export interface Addresses {
  readonly apiKey: string;
  readonly anthropicUrl: string;
  readonly openaiUrl: string;
}

export interface ModelCalls {
  readonly blobs: Blobs;
  readonly answers: PaidAnswers;
  readonly health: ModelHealth;
  /** Calls that the meter was told of. */
  readonly measured: readonly ModelCallMeasure[];
  /** Words that no trace may show. */
  readonly hidden: readonly string[];
  /** Milliseconds that pass for the health of the providers. */
  pass(ms: number): void;
  activities(answers?: PaidAnswers): ModelActivities;
  /** From now on asked before each call. */
  permit(permitted: Permission): void;
  /** The first call of a session with these models on its only rung, with its brief said. */
  open(names?: readonly string[]): Promise<CallModel>;
  call(input: CallModel, step?: 'callModel' | 'compactConversation', answers?: PaidAnswers): Promise<CallResult>;
  /** Gives every call of a tool a result, as `runTools` does; returns the conversation. */
  answerCalls(result: CallResult, text?: string): Promise<string>;
  messagesOf(conversation: string): Promise<Message[]>;
  close(): Promise<void>;
}

export async function modelCalls(addresses: Addresses): Promise<ModelCalls> {
  const directory = await mkdtemp(join(tmpdir(), 'model-calls-'));
  const blobs = createBlobs(join(directory, 'blobs'));
  const answers = createPaidAnswers(join(directory, 'answers'));
  let now = 0;
  const health = new ModelHealth(() => now);
  const models = modelsAt(addresses);
  const measured: ModelCallMeasure[] = [];
  const hidden: string[] = [];
  const meter = { modelCall: (call: ModelCallMeasure) => measured.push(call), missionEnded: () => undefined };
  const hideInTraces = (words: readonly string[]) => void hidden.push(...words);
  const activities = (paid = answers) =>
    createModelActivities({
      ...{ models, answers: paid, blobs, health, meter, hideInTraces, longestQuotaMs: 86_400_000 },
      permitted: () => permitted(),
    });
  let permitted: Permission = async () => undefined;
  return {
    ...{ blobs, answers, health, activities, measured, hidden },
    permit: (asked) => {
      permitted = asked;
    },
    pass: (ms) => {
      now += ms;
    },
    async open(names = [CLAUDE, GPT]) {
      const blueprint = await blobs.put(JSON.stringify(BLUEPRINT), 'application/yaml');
      const sizes = { contextTokens: 100_000, maxOutputTokens: 8_000 };
      const session: Session = {
        version: 1,
        key: 'task/PAR-1/fix/coder',
        role: 'coder',
        prompt: { name: 'coder@1', sha256: 'a'.repeat(64) },
        system: 'Role: coder@1\nYou mend code.',
        tools: ['read', 'submit'].map((name) => ({ name, description: name, inputSchema: { type: 'object' } })),
        scope: { allow: [], deny: [] },
        repo: 'parcels',
        near: 'the base',
        blueprint,
        rungs: [{ tier: 'strong', models: [...names], because: 'it is there', price, ...sizes }],
        thinkingTokens: 2_000,
      };
      const brief: Message = { role: 'user', parts: [{ type: 'text', text: 'Mend the parcels.' }] };
      return {
        session: (await blobs.put(JSON.stringify(session), 'application/json')).sha256,
        conversation: await append(blobs, { version: 1, messages: [], outputs: [] }, [brief]),
        n: 1,
        rung: 0,
        maxOutputTokens: 8_000,
      };
    },
    call: (input, step = 'callModel', paid = answers) =>
      new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run<
        [CallModel],
        CallResult,
        ModelActivities['callModel']
      >(activities(paid)[step], input),
    async answerCalls({ conversation }, text = 'done') {
      const before = await readConversation(blobs, conversation);
      const last = (await readMessages(blobs, before)).at(-1);
      const calls = last?.parts.filter((part) => part.type === 'tool-call') ?? [];
      const parts = calls.map(({ id }) => resultOf(id, text));
      return append(blobs, before, [{ role: 'user', parts }]);
    },
    messagesOf: async (conversation) => readMessages(blobs, await readConversation(blobs, conversation)),
    close: () => rm(directory, { recursive: true }),
  };
}

/** The step beside fakes of both providers, which `close` ends too. */
export async function fakedModelCalls(): Promise<{ readonly fake: FakeModels; readonly calls: ModelCalls }> {
  const fake = new FakeModels();
  await fake.start();
  const calls = await modelCalls(fake);
  const close = async () => {
    await fake.close();
    await calls.close();
  };
  return { fake, calls: { ...calls, close } };
}

function resultOf(id: string, text: string): Message['parts'][number] {
  return { type: 'tool-result', id, content: [{ type: 'text', text }], isError: false };
}

function modelsAt({ apiKey, anthropicUrl, openaiUrl }: Addresses) {
  const provider = { apiKey, keyFrom: 'a file', needsKey: true };
  const sizes = { contextTokens: 100_000, maxOutputTokens: 8_000 };
  return createModels({
    providers: [
      { ...provider, name: 'anthropic', kind: 'anthropic', baseUrl: anthropicUrl },
      { ...provider, name: 'openai', kind: 'openai', baseUrl: openaiUrl },
    ],
    use: [
      { provider: 'anthropic', id: 'claude-haiku-4-5', tier: 'strong', thinking: true, price, ...sizes },
      { provider: 'openai', id: 'gpt-x', tier: 'strong', ...sizes },
    ],
  });
}
