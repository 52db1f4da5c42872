import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workflowId } from '../../schemas/names.js';
import { eventually } from '../eventually.js';
import type { StackWorker } from '../stack.js';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { destinationScript } from './agent-scripts/destination.js';
import { beat } from './agent-scripts/talks.js';

const MINUTES = 60_000;
const ONE_LENS = '\nreview:\n  lenses: [correctness]\n';

describe('agents whose worker is killed', () => {
  let stack: AgentStack;

  beforeAll(async () => {
    stack = await startAgentStack({ blueprint: (yaml) => `${yaml}${ONE_LENS}` });
  }, 2 * MINUTES);

  afterAll(() => stack?.remove(), MINUTES);

  const treeOf = (item: string) => stack.repo.git('rev-parse', `signalbox/${item}^{tree}`);
  const requestsSince = (first: number) => stack.models.requests.slice(first).map(({ body }) => JSON.stringify(body));

  /** Until the sandbox says that the coder's command runs. */
  async function running(item: string, command: string): Promise<void> {
    const task = stack.client.workflow.getHandle(workflowId.task(item, 'filter'));
    await stack.until(item, () => true);
    await eventually(async () => {
      const { raw } = await task.describe();
      const beats = raw.pendingActivities?.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []) ?? [];
      return beats.some(({ data }) => Buffer.from(data ?? []).includes(command));
    });
  }

  /** To the question about its merge, which is refused: the next mission starts from the same base. */
  async function toItsEnd(item: string): Promise<void> {
    await stack.until(item, ({ stage }) => stage === 'approval');
    await stack.cli(['reject', `${item}/1`, '--reason', 'only a rehearsal'], 'anna');
    expect(await stack.outcome(item)).toMatchObject({ result: 'rejected' });
  }

  it(
    'come to the same tree, with no turn done twice and no answer paid twice but the one in flight',
    async () => {
      let worker: StackWorker = await stack.startWorker('one');
      const script = { risk: 'medium', seconds: 6 } as const;
      stack.models.script(destinationScript(script));
      const undisturbed = await stack.label('parcels-destination', 'PAR-202');
      await toItsEnd(undisturbed);
      const first = stack.models.requests.length;
      const calls = requestsSince(0).length;

      const answering = beat();
      stack.models.script(
        destinationScript({
          ...script,
          coder: ({ turn }) => {
            if (turn !== 1 || answering.isOver()) return undefined;
            answering.over();
            // It begins to answer, and does not come to the end.
            return { text: 'thinking aloud, slowly '.repeat(200), paceMs: 2_000 };
          },
        }),
      );
      const killed = await stack.label('parcels-destination', 'PAR-203');
      await stack.until(killed, () => answering.isOver());
      await worker.kill();
      worker = await stack.startWorker('two');
      await running(killed, 'echo CH');
      await worker.kill();
      await stack.startWorker('three');
      await toItsEnd(killed);

      expect(treeOf(killed)).toBe(treeOf(undisturbed));
      expect(stack.repo.git('show', `signalbox/${killed}:service/src/countries.txt`)).toBe('CH');
      const asked = requestsSince(first);
      expect(asked).toHaveLength(calls + 1);
      expect(new Set(asked).size).toBe(calls);
      expect([...stack.models.paid.values()].filter((times) => times > 1)).toEqual([]);
      expect(stack.models.paid.size).toBe(2 * calls);
    },
    6 * MINUTES,
  );
});
