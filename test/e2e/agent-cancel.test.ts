import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workflowId } from '../../schemas/names.js';
import { eventually } from '../eventually.js';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { destinationScript } from './agent-scripts/destination.js';
import { beat, using } from './agent-scripts/talks.js';

const MINUTES = 60_000;
const ONE_LENS = '\nreview:\n  lenses: [correctness]\n';
/** A beat each second, sent at most every 2 seconds, and the cleaning up. */
const BOUND_MS = 10_000;
/** Seconds that nobody else sleeps. */
const NAP = '6113';

describe('a mission that is cancelled with real processes around it', () => {
  let stack: AgentStack;
  const took: { readonly at: string; readonly toAcknowledgement: number; readonly toEnd: number }[] = [];

  beforeAll(async () => {
    stack = await startAgentStack({ blueprint: (yaml) => `${yaml}${ONE_LENS}` });
    await stack.startWorker('one');
  }, 2 * MINUTES);

  afterAll(async () => {
    process.stderr.write(`cancelled, ms: ${JSON.stringify(took)}\n`);
    await stack?.remove();
  }, MINUTES);

  /** Until what runs in the task says so. */
  async function running(item: string, said: string): Promise<void> {
    const task = stack.client.workflow.getHandle(workflowId.task(item, 'filter'));
    await stack.until(item, ({ tasks }) => tasks.some(({ state }) => state === 'running'));
    await eventually(
      () => task.describe(),
      ({ raw }) =>
        (raw.pendingActivities ?? [])
          .flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? [])
          .some(({ data }) => Buffer.from(data ?? []).includes(said)),
    );
  }

  async function cancel(item: string, at: string): Promise<void> {
    const ordered = Date.now();
    await stack.cli(['cancel', item, '--reason', 'not needed any more']);
    const acknowledged = Date.now();
    const requests = stack.models.requests.length;
    expect(await stack.outcome(item)).toMatchObject({
      result: 'cancelled',
      because: 'cancelled by olga: not needed any more',
    });
    took.push({ at, toAcknowledgement: acknowledged - ordered, toEnd: Date.now() - acknowledged });
    const task = await stack.client.workflow.getHandle(workflowId.task(item, 'filter')).describe();
    expect(task.status.name).not.toBe('RUNNING');
    expect(stack.models.requests).toHaveLength(requests);
    expect(stack.comments(item).at(-1)).toContain('cancelled');
  }

  it(
    'aborts the call of the model',
    async () => {
      const answering = beat();
      stack.models.script(
        destinationScript({
          coder: () => {
            answering.over();
            return { text: 'thinking aloud, slowly '.repeat(400), paceMs: 1_000 };
          },
        }),
      );
      const item = await stack.label('parcels-destination', 'PAR-301');
      await stack.until(item, () => answering.isOver());
      await running(item, 'thinking aloud');
      await cancel(item, 'a call of a model');
    },
    3 * MINUTES,
  );

  it(
    'ends the command of an agent with its processes',
    async () => {
      stack.models.script(destinationScript({ coder: () => using(['run', { command: `sleep ${NAP}` }]) }));
      const item = await stack.label('parcels-destination', 'PAR-302');
      await running(item, `sleep ${NAP}`);
      // It is told of before its sandbox is there.
      while (sleeping() === 0) await new Promise((done) => setTimeout(done, 50));
      await cancel(item, 'a command');
      expect(sleeping()).toBe(0);
    },
    3 * MINUTES,
  );

  it(
    'takes the question back that people were asked',
    async () => {
      stack.models.script(destinationScript({ risk: 'medium' }));
      const item = await stack.label('parcels-destination', 'PAR-303');
      await stack.until(item, ({ stage, waitingOn }) => stage === 'approval' && waitingOn !== undefined);
      await cancel(item, 'a question to people');
      const approval = await stack.client.workflow.getHandle(workflowId.approval(item, 1)).describe();
      expect(approval.status.name).toBe('CANCELLED');
    },
    3 * MINUTES,
  );

  it(
    'and everything that is halted says so, waits, and goes on',
    async () => {
      stack.models.script(destinationScript());
      await stack.cli(['halt', '--reason', 'the provider is investigating']);
      const requests = stack.models.requests.length;
      expect(await stack.cli(['status'])).toContain('HALTED for');
      const item = await stack.label('parcels-destination', 'PAR-304');
      await stack.until(item, ({ halted }) => halted !== undefined);
      expect(stack.models.requests).toHaveLength(requests);
      expect(stack.comments(item)).toEqual([]);
      await stack.cli(['resume-all']);
      expect(await stack.outcome(item)).toMatchObject({ result: 'shipped' });
      expect(await stack.cli(['status'])).not.toContain('HALTED');
    },
    3 * MINUTES,
  );

  it('is within the bound each time', () => {
    expect(took.filter(({ toEnd }) => toEnd > BOUND_MS)).toEqual([]);
    expect(took).toHaveLength(3);
  });
});

/** Processes of this machine that take the nap. */
function sleeping(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandOf(pid).join(' ') === `sleep ${NAP}`).length;
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  } catch {
    return [];
  }
}
