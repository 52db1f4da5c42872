import { describe, expect, it } from '@jest/globals';
import { runEngine } from './engine.js';
import type { SandboxCommand, Workspace } from './ports.js';

/** A workspace whose engine says these lines. */
function saying(...lines: string[]): Workspace {
  const result = { exitCode: 0, signal: null, stdout: '', stderr: 'its last words', dropped: 0, durationMs: 1 };
  return {
    exec: async ({ onStdout }: SandboxCommand) => {
      for (const line of lines) onStdout?.(`${line}\n`);
      return result;
    },
  } as unknown as Workspace;
}

const run = (workspace: Workspace, progress: number[] = []) =>
  runEngine({
    workspace,
    command: ['engine'],
    request: { do: 'survey', name: 'm', module: {} as never, timeoutSeconds: 1 },
    seconds: 1,
    signal: new AbortController().signal,
    onProgress: ({ index }) => progress.push(index),
  });

const PROGRESS = JSON.stringify({ event: 'progress', progress: { index: 3, tried: 3, total: 9 } });
const SURVEY = JSON.stringify({ event: 'survey', survey: { module: 'm', tests: [] } });

describe('what the repair engine says', () => {
  it('is its last event, with the progress on the way', async () => {
    const progress: number[] = [];
    expect(await run(saying('noise of the tests', PROGRESS, SURVEY), progress)).toMatchObject({ event: 'survey' });
    expect(progress).toEqual([3]);
  });

  it.each(['{junk', '{"event":"result","result":{}}', '{"event":"survey","survey":{"module":"m","tests":[{}]}}'])(
    'fails the step and nothing else when it is not what it may say: %s',
    async (line) => {
      await expect(run(saying(line, SURVEY))).rejects.toMatchObject({ type: 'SandboxRefused', nonRetryable: true });
    },
  );

  it('is tried again when there is none', async () => {
    await expect(run(saying())).rejects.toMatchObject({ type: 'SandboxLost', nonRetryable: false });
  });
});
