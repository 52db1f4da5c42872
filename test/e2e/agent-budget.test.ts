import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FakeCall, FakeReply } from '../fakes/models/script.js';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { destinationScript } from './agent-scripts/destination.js';
import { submit, using } from './agent-scripts/talks.js';

const MINUTES = 60_000;
const CAP_USD = 1;
const POLICY = `\nreview:\n  lenses: [correctness]\nbudget:\n  usd: ${CAP_USD}\n`;
/** Of the small models: a call that uses all of its output, and a context that is nearly full. */
const ONE_CALL_USD = (8_000 * 5 + 32_000 * 1.25) / 1_000_000;

/** Always something else to look at, and much to say about it. */
function endless({ turn }: FakeCall): FakeReply {
  const change = ['run', { command: `echo ${turn} >>service/src/countries.txt` }] as const;
  return { ...using(change), usage: { output: 5_000 } };
}

const DONE = submit({ summary: 'The countries that were looked at' });

describe('a coder that never comes to an end', () => {
  let stack: AgentStack;

  beforeAll(async () => {
    stack = await startAgentStack({ blueprint: (yaml) => `${yaml}${POLICY}` });
    await stack.startWorker('one');
  }, 2 * MINUTES);

  afterAll(() => stack?.remove(), MINUTES);

  const questions = (item: string) => stack.comments(item).filter((body) => body.includes('may this cost more?'));
  const spent = (before: number) => (stack.paid().usd ?? 0) - before;

  it(
    'spends no more than the budget, asks people once, and at their no stops with its work kept',
    async () => {
      stack.models.script(destinationScript({ coder: endless }));
      const item = await stack.label('parcels-destination', 'PAR-202');
      await stack.until(item, () => questions(item).length > 0);
      expect((await stack.status(item)).waitingOn?.what).toContain(`signalbox approve ${item}`);
      expect(spent(0)).toBeGreaterThan(CAP_USD / 2);
      expect(spent(0)).toBeLessThanOrEqual(CAP_USD);
      await stack.cli(['reject', `${item}/1`, '--reason', 'not worth it'], 'anna');
      const outcome = await stack.outcome(item);
      expect(outcome).toMatchObject({ result: 'failed', because: 'filter: the budget is used up' });
      expect(outcome.spend.usd).toBeCloseTo(spent(0), 6);
      // What is left is spent on smaller answers, and nothing beyond it but the one that was under way.
      expect(spent(0)).toBeLessThanOrEqual(CAP_USD + ONE_CALL_USD);
      expect(questions(item)).toHaveLength(1);
      const kept = /the work so far is commit \\?`?([0-9a-f]{40})/.exec(stack.comments(item).at(-1) ?? '')?.[1];
      expect(kept).toBeDefined();
    },
    3 * MINUTES,
  );

  it(
    'goes on when a person gives it more, up to the raised budget and one call',
    async () => {
      const before = stack.paid().usd ?? 0;
      let raised = false;
      stack.models.script(destinationScript({ coder: (call) => (raised ? DONE : endless(call)) }));
      const item = await stack.label('parcels-destination', 'PAR-203');
      await stack.until(item, () => questions(item).length > 0);
      raised = true;
      await stack.cli(['approve', `${item}/1`, '--reason', 'go on'], 'anna');
      const outcome = await stack.outcome(item);
      expect(outcome.result).toBe('shipped');
      expect(outcome.spend.usd).toBeCloseTo(spent(before), 6);
      expect(spent(before)).toBeLessThanOrEqual(CAP_USD * 1.5 + ONE_CALL_USD);
      expect(questions(item)).toHaveLength(1);
    },
    3 * MINUTES,
  );
});
