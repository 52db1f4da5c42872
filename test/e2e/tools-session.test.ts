import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { MockActivityEnvironment } from '@temporalio/testing';
import { estimateTokens } from '../../activities/conversation.js';
import { createToolBench, type ToolBench } from '../tool-bench.js';

const FILES = { 'src/a.ts': 'export const one = 1;\n', '.gitignore': 'build/\n' };

/** Names of the workspaces on disk, and how many processes of sandboxes name one of them. */
function leftOf({ bench }: ToolBench) {
  const directory = join(bench.options.stateDir, 'sandbox/workspaces');
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const processes = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
      return words.some((word) => names.includes(word));
    } catch {
      return false;
    }
  });
  return { workspaces: names.length, processes: processes.length };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a session of tools', () => {
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await createToolBench(FILES);
  });
  afterAll(() => bench.remove());

  it('ends with what the role hands in, and goes on while that is not what it must be', async () => {
    const { turn } = await bench.open();
    const bad = await turn(['submit', { summary: 'x', answers: [{ finding: 'f', answer: 'maybe' }] }]);
    expect(bad.result.ending).toBeUndefined();
    expect(bad.texts[0]).toContain('answers.0.finding');
    expect(bad.texts[0]).toContain('answers.0.reason');
    const broken = await turn(
      ['edit', { path: 'src/a.ts', old: 'missing', new: 'x' }],
      ['submit', { summary: 'Changed the line' }],
    );
    expect(broken.result.ending).toBeUndefined();
    expect(broken.texts[1]).toBe('not handed in: a change before it did not work; look at it first');
    const good = await turn(
      ['edit', { path: 'src/a.ts', old: '1', new: '2' }],
      ['submit', { summary: 'Changed the line' }],
      ['run', { command: 'rm src/a.ts' }],
    );
    const { ending } = good.result;
    if (ending?.tool !== 'submit') throw new Error('expected an ending');
    expect(ending.summary).toBe('Changed the line');
    expect(JSON.parse((await bench.blobs.get(ending.output)).toString())).toEqual({
      summary: 'Changed the line',
      answers: [],
    });
    expect(await bench.content(good.result.tree, 'src/a.ts')).toBe('export const one = 2;\n');
    expect(good.result.did).toBe('edited src/a.ts, handed in, was refused a call');
  });

  it('does nothing for a conversation that asks for nothing', async () => {
    const { input } = await (await bench.open()).turn(['note', { text: 'x' }]);
    const { result } = await bench.run(input);
    const answered = bench.run({ ...input, conversation: result.conversation });
    await expect(answered).rejects.toMatchObject({ type: 'BadInput', nonRetryable: true });
  });

  it('summarises what roles without a summary hand in, and knows the other ways to end', async () => {
    const { turn } = await bench.open({ role: 'critic' });
    const { result } = await turn(['submit', { verdict: 'accept', objections: [] }]);
    expect(result.ending).toMatchObject({ tool: 'submit', summary: 'accept, 0 objections' });
    const split = await turn(['split_me', { because: 'large', parts: ['a', 'b'] }]);
    expect(split.result.ending).toEqual({ tool: 'split_me', because: 'large', parts: ['a', 'b'] });
    const cannot = await turn(['cannot_do', { because: 'no' }]);
    expect(cannot.result.ending).toEqual({ tool: 'cannot_do', because: 'no' });
  });

  it('tells equal batches with equal results from others, and what they add to the conversation', async () => {
    const { turn } = await bench.open();
    const first = await turn(['read', { path: 'src/a.ts' }]);
    const second = await turn(['read', { path: 'src/a.ts' }]);
    const third = await turn(['read', { path: 'src/a.ts', from: 1 }]);
    expect(second.result.digest).toBe(first.result.digest);
    expect(third.result.digest).not.toBe(first.result.digest);
    expect(first.result.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(first.result.context).toBe(estimateTokens('     1\texport const one = 1;'));
  });

  it('traces each call in the terms of the conventions, without any content', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    trace.setGlobalTracerProvider(provider);
    const { turn } = await bench.open();
    await turn(
      ['read', { path: 'src/a.ts' }],
      ['read', { path: 'src/none.ts' }],
      ['made-up', {}],
      ['note', { text: 'x' }],
    );
    trace.disable();
    const spans = exporter.getFinishedSpans().map(({ name, attributes }) => ({ name, ...attributes }));
    const common = { 'gen_ai.operation.name': 'execute_tool' };
    const read = { ...common, name: 'execute_tool read', 'gen_ai.tool.name': 'read' };
    expect(spans).toHaveLength(4);
    expect(spans).toContainEqual({ ...read, 'gen_ai.tool.call.id': 'call-0' });
    expect(spans).toContainEqual({ ...read, 'gen_ai.tool.call.id': 'call-1', 'error.type': 'failed' });
    expect(spans).toContainEqual({
      ...common,
      name: 'execute_tool unknown',
      'gen_ai.tool.name': 'unknown',
      'gen_ai.tool.call.id': 'call-2',
      'error.type': 'refused',
    });
  });

  it('shows words that prompts never show to nobody', async () => {
    const { turn } = await bench.open();
    const said = 'Project Falcon';
    const { texts, result, beats } = await turn(
      ['run', { command: `echo ${said}; yes 'project falcon' | head -n 2000` }],
      ['note', { text: `${said} it is` }],
    );
    const output = /output "([0-9a-f]{64})"/.exec(texts[0] ?? '')?.[1] ?? '';
    const kept = (await bench.blobs.get({ sha256: output })).toString();
    expect(result.notes).toEqual(['[redacted] it is']);
    expect(JSON.stringify([texts, kept, result, beats]).toLowerCase()).not.toContain('falcon');
  });

  it('keeps what git ignores from turn to turn, and says so when it could not', async () => {
    const { turn, id } = await bench.open({ key: 'kept' });
    await turn(['run', { command: 'mkdir build; echo made >build/out; echo x >src/b.ts' }]);
    const kept = await turn(['run', { command: 'cat build/out' }]);
    expect(kept.texts).toEqual(['exit code 0\nmade']);
    await bench.activities.closeWorkspace({ session: id });
    const fresh = await turn(['run', { command: 'cat build/out src/b.ts' }]);
    expect(fresh.texts[0]).toContain('x');
    expect(fresh.texts[0]).toContain('No such file');
    expect(fresh.texts[0]).toContain('<notice from="workspace">The workspace was made anew');
    const reader = await bench.open({ key: 'reader' });
    await reader.turn(['read', { path: 'src/a.ts' }]);
    await bench.activities.closeWorkspace({ session: reader.id });
    expect((await reader.turn(['read', { path: 'src/a.ts' }])).texts).toEqual(['     1\texport const one = 1;']);
  });

  it('gives the same result when it is tried again, whatever the first attempt left', async () => {
    const { turn } = await bench.open({ key: 'again' });
    await turn(['read', { path: 'src/a.ts' }]);
    const first = await turn(
      ['edit', { path: 'src/a.ts', old: '1', new: '2' }],
      ['run', { command: 'cat src/a.ts; echo y >>src/c.ts' }],
    );
    const second = await bench.run(first.input);
    expect(second.result).toEqual(first.result);
  });

  it('shows nothing of a half done batch to the next attempt', async () => {
    const { turn, id } = await bench.open({ key: 'half' });
    const before = await turn(['run', { command: 'mkdir build; echo whole >build/out' }]);
    const command = 'echo half >src/half.ts; echo half >build/out; sleep 30';
    const next = await bench.ask(before.result.conversation, [['run', { command }]]);
    const environment = new MockActivityEnvironment();
    const input = { repo: 'app', tree: before.result.tree, session: id, conversation: next };
    const running = environment.run(bench.activities.runTools, input);
    const cancelled = expect(running).rejects.toThrow();
    environment.on('heartbeat', (details: unknown) => {
      if (String(details).startsWith('run')) setTimeout(() => environment.cancel(), 300);
    });
    await cancelled;
    const after = await bench.run({
      ...input,
      conversation: await bench.ask(before.result.conversation, [['run', { command: 'ls src build' }]]),
    });
    expect(after.texts[0]).not.toContain('half');
    expect(after.texts[0]).toContain('The workspace was made anew');
    expect(after.result.tree).toBe(before.result.tree);
  });
});

describe('workspaces that are held', () => {
  it('are closed when their session ends, when there are too many, when nobody comes back, and with the worker', async () => {
    const bench = await createToolBench(FILES, { most: 2 });
    try {
      const sessions = await Promise.all(['a', 'b', 'c'].map((key) => bench.open({ key })));
      for (const { turn } of sessions) await turn(['run', { command: 'sleep 300 & echo started' }]);
      await until(() => leftOf(bench).workspaces === 2);
      expect(leftOf(bench).processes).toBeGreaterThan(0);
      await bench.activities.closeWorkspace({ session: sessions[1]?.id ?? '' });
      expect(leftOf(bench).workspaces).toBe(1);
      await bench.held.closeAll();
      expect(leftOf(bench)).toEqual({ workspaces: 0, processes: 0 });
      await sessions[0]?.turn(['run', { command: 'true' }]);
      await bench.held.closeAll();
      expect(leftOf(bench)).toEqual({ workspaces: 0, processes: 0 });
    } finally {
      await bench.remove();
    }
    const idle = await createToolBench(FILES, { idleMs: 1 });
    try {
      await (await idle.open()).turn(['read', { path: 'src/a.ts' }]);
      await until(() => leftOf(idle).workspaces === 0);
    } finally {
      await idle.remove();
    }
  });
});
