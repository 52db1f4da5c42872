import { describe, expect, it } from '@jest/globals';
import type { RedExplained, RedGate } from '../activities/red-tests.js';
import { Gate } from '../schemas/blueprint.js';
import type { Verdict } from '../schemas/verdict.js';
import { type GateRound, judgedGates } from './gates.js';

const verdict = (outcome: Verdict['outcome'], failing: readonly string[] = []): Verdict => ({
  gate: 'tests',
  tree: 't',
  outcome,
  reason: 'r',
  exitCode: 0,
  failing: [...failing],
  durationMs: 1,
  cached: false,
});

const PASS = verdict('pass');
const RED = verdict('fail', ['test/a.test.ts::a']);
const EXPLAINED: RedExplained = { verdict: { ...PASS, flaky: ['x'] }, tests: [], findings: [] };

/** Judges with a host that answers so, and tells what it was asked. */
async function judged(answers: readonly Verdict[], more: Partial<GateRound> & { readonly reruns?: number } = {}) {
  const left = [...answers];
  const runs: { readonly fresh?: boolean }[] = [];
  const explained: RedGate[] = [];
  const host = {
    async run(step: string, input: RedGate & { readonly fresh?: boolean }) {
      if (step === 'explainRed') {
        explained.push(input);
        return EXPLAINED;
      }
      runs.push(input);
      const next = left.shift();
      if (!next) throw new Error('the gate was run too often');
      return next;
    },
  };
  const { reruns = 2, ...round } = more;
  const result = await judgedGates(
    {
      host: host as unknown as GateRound['host'],
      subject: { repo: 'r', tree: 't', near: 'n', blueprint: { sha256: 's', bytes: 1, mediaType: 'm' } },
      gates: [Gate.parse({ name: 'tests', command: 'c', module: 'm' })],
      baseline: {},
      targets: {},
      label: 'l',
      ...round,
    },
    { reruns },
  );
  return { ...result, fresh: runs.map(({ fresh }) => fresh === true), explained };
}

describe('gates that are judged', () => {
  it('are run once when they pass', async () => {
    expect(await judged([PASS])).toEqual({ verdicts: [PASS], findings: [], fresh: [false], explained: [] });
  });

  it('are run again, past the cache, until one run passes', async () => {
    const { fresh, explained, verdicts } = await judged([RED, RED, PASS]);
    expect(fresh).toEqual([false, true, true]);
    expect(explained).toMatchObject([{ first: RED, again: [RED, PASS], targets: [] }]);
    expect(verdicts).toEqual([EXPLAINED.verdict]);
  });

  it('are not run more often when the first run after it passes', async () => {
    expect((await judged([RED, PASS])).fresh).toEqual([false, true]);
  });

  it('are run as often as allowed and no more', async () => {
    expect((await judged([RED, RED, RED])).fresh).toHaveLength(3);
    expect((await judged([RED], { reruns: 0 })).explained).toMatchObject([{ again: [] }]);
  });

  it('are compared with what the base said', async () => {
    const { explained } = await judged([RED, PASS], { baseline: { tests: verdict('fail', ['b']) } });
    expect(explained).toMatchObject([{ base: { failing: ['b'] } }]);
  });

  it.each(['test/a.test.ts::a', 'test/b.test.ts::a'])('are red at once when a target fails: %s', async (target) => {
    const result = await judged([RED], { targets: { m: [target] } });
    expect(result).toMatchObject({ verdicts: [RED], explained: [] });
  });

  it.each([
    ['red without a failing test', verdict('fail')],
    ['without a judgement', verdict('unknown', ['a'])],
  ])('stay as they are when they are %s', async (_, first) => {
    expect(await judged([first])).toMatchObject({ verdicts: [first], explained: [] });
  });
});
