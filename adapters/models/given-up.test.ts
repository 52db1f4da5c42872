import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Models, ModelWatch } from '../../activities/ports-models.js';
import { eventually } from '../../test/eventually.js';
import { type Replies, serveReplies } from './testing.js';
import { call as callAnthropic, started } from './testing-anthropic.js';
import { call as callOpenai, data, delta } from './testing-openai.js';

// A worker under load collects its garbage many times while a model answers.

type Call = (server: Replies, of: { timeoutMs?: number; watch?: Partial<ModelWatch> }) => ReturnType<Models['call']>;

const PROVIDERS: readonly (readonly [string, Call, string])[] = [
  ['anthropic', (server, of) => callAnthropic(server, {}, of), started],
  ['openai', (server, of) => callOpenai(server, {}, of), data(...delta({ content: 'It is ' })).join('')],
];

let server: Replies;
beforeEach(async () => {
  server = await serveReplies();
});
afterEach(() => server.close());

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 5; times++) {
    await sleep(20);
    collect();
  }
}

describe.each(PROVIDERS)('a call of %s that is long under way', (_name, call, begun) => {
  it('ends at once when it is given up, and the provider hears of it', async () => {
    server.answer({ chunks: [begun], ending: 'hang' });
    const controller = new AbortController();
    const given = new Error('cancelled');
    const called = call(server, { watch: { signal: controller.signal } }).catch((error: unknown) => error);
    await collectGarbage();
    controller.abort(given);
    expect(await Promise.race([called, sleep(20_000, 'goes on', { ref: false })])).toBe(given);
    await eventually(() => server.givenUp() === 1);
  });

  it('ends at its timeout', async () => {
    server.answer({ chunks: [begun], ending: 'hang' });
    const called = call(server, { timeoutMs: 500 });
    await collectGarbage();
    const ended = await Promise.race([called, sleep(20_000, 'goes on', { ref: false })]);
    expect(ended).toMatchObject({ trouble: { kind: 'unavailable' } });
  });
});
