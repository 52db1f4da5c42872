import { describe, expect, it, jest } from '@jest/globals';
import { createHalting } from '../../gateway/dispatch.js';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { resumeAll } from '../../workflows/messages-standing.js';
import { isEffectOrCall, itemOf, KINDS, numbers, type Step, slowSteps } from './disturbed.js';
import { useMissions } from './missions.js';
import { answer, questionOf } from './questions.js';
import { operator, workItem } from './stubs.js';

jest.setTimeout(400_000);

const missions = useMissions();
const kinds = ['repair', 'agents', 'new runs'] as const;
const SEEDS = Array.from({ length: 15 }, (_, seed) => seed + 1);
const AT_ONCE = 15;
/** In which steps that were refused would be seen. */
const HALTED_MS = 1_500;

interface Pause {
  readonly from: number;
  readonly to: number;
}

const kindOf = (seed: number) => kinds[seed % kinds.length] ?? 'repair';

async function halted(): Promise<Pause> {
  await createHalting(missions.client()).halt({ by: operator, reason: 'the provider is investigating' });
  const from = Date.now();
  await new Promise((done) => setTimeout(done, HALTED_MS));
  const to = Date.now();
  await resume();
  return { from, to };
}

async function resume(): Promise<void> {
  const halt = missions.client().workflow.getHandle(workflowId.halt());
  await halt.executeUpdate(resumeAll, { args: [{ by: operator, text: '' }] });
  await halt.result();
}

/** How often each kind of step was carried through. */
function carriedOut(steps: readonly Step[], item: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const step of steps) {
    if (step.item === item && step.outcome === 'done') counts[step.type] = (counts[step.type] ?? 0) + 1;
  }
  return counts;
}

const started = ({ item, result, because, planVersions }: Outcome) => ({
  ...{ result, planVersions, because: because.replaceAll(item, 'ITEM') },
});

describe('everything that is halted at any point', () => {
  it('pays no call and makes no effect until it goes on, and comes to the same', async () => {
    const steps: Step[] = [];
    const { undisturbed, outcomes, pauses } = await missions.working(slowSteps(steps), async () => {
      const undisturbed = await Promise.all(
        kinds.map(async (kind) => {
          const item = itemOf(kind, 0);
          const handle = await missions.start(workItem(item), KINDS[kind].input);
          return { kind, outcome: (await handle.result()) as Outcome, steps: carriedOut(steps, item) };
        }),
      );
      const outcomes: { readonly seed: number; readonly outcome: Outcome }[] = [];
      const pauses: Pause[] = [];
      for (let first = 0; first < SEEDS.length; first += AT_ONCE) {
        const wave = SEEDS.slice(first, first + AT_ONCE);
        const random = numbers(first + 1);
        const before = steps.length;
        const running = wave.map(async (seed) => {
          const kind = kindOf(seed);
          const handle = await missions.start(workItem(itemOf(kind, seed)), KINDS[kind].input);
          outcomes.push({ seed, outcome: (await handle.result()) as Outcome });
        });
        // The first half of the wave's steps has the first halt in it, the second half another one.
        for (const half of [0, 1]) {
          const at = before + Math.floor((half + random()) * 8 * wave.length);
          for (let tries = 0; steps.length < at && tries < 1_000; tries++) {
            await new Promise((done) => setTimeout(done, 10));
          }
          pauses.push(await halted());
        }
        await Promise.all(running);
      }
      return { undisturbed, outcomes, pauses };
    });
    const meanwhile = steps.filter(({ at }) => pauses.some(({ from, to }) => at > from && at < to));
    expect(meanwhile.filter(isEffectOrCall)).toEqual([]);
    expect(outcomes).toHaveLength(SEEDS.length);
    for (const { seed, outcome } of outcomes) {
      const expected = undisturbed.find(({ kind }) => kind === kindOf(seed));
      expect([seed, started(outcome)]).toEqual([seed, expected && started(expected.outcome)]);
      expect([seed, carriedOut(steps, outcome.item)]).toEqual([seed, expected?.steps]);
    }
  });

  it('takes new missions in, which wait, and a cancelled one ends when it goes on', async () => {
    const steps: Step[] = [];
    await missions.working(slowSteps(steps), async () => {
      await createHalting(missions.client()).halt({ by: operator, reason: '' });
      const handle = await missions.start(workItem(itemOf('repair', 200)));
      const cancelled = await missions.start(workItem(itemOf('agents', 201)));
      const { stage } = await missions.until(itemOf('repair', 200), ({ halted }) => halted !== undefined);
      expect([stage, steps]).toEqual(['reading', []]);
      await cancelled.executeUpdate('cancelMission', { args: [{ by: operator, text: '' }] });
      await resume();
      expect(await handle.result()).toMatchObject({ result: 'shipped' });
      expect(await cancelled.result()).toMatchObject({ result: 'cancelled' });
    });
  });

  it('is halted although no worker runs, and only once', async () => {
    const halting = createHalting(missions.client());
    await halting.halt({ by: operator, reason: 'no worker' });
    await expect(halting.halt({ by: operator, reason: 'again' })).rejects.toThrow();
    await missions.working({}, resume);
    const { status, memo } = await missions.client().workflow.getHandle(workflowId.halt()).describe();
    expect([status.name, memo]).toEqual(['COMPLETED', { by: operator, reason: 'no worker' }]);
  });

  it('lets no question expire: the time in which it is halted does not count', async () => {
    const steps: Step[] = [];
    const outcome = await missions.working(slowSteps(steps), async () => {
      const item = itemOf('short deadline', 1);
      const handle = await missions.start(workItem(item));
      await questionOf(missions.client(), item);
      await missions.until(item, ({ waitingOn }) => waitingOn !== undefined);
      await createHalting(missions.client()).halt({ by: operator, reason: '' });
      // Twice as long as the deadline.
      await new Promise((done) => setTimeout(done, 12_000));
      await resume();
      await answer(missions.client(), await questionOf(missions.client(), item));
      return handle.result();
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
  });
});
