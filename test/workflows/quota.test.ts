import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { QuotaWait } from '../../schemas/agent.js';
import { workflowId } from '../../schemas/names.js';
import { taskStatus } from '../../workflows/messages.js';
import { agentStubs, roleOf } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { type AllActivities, operator, withAgents, workItem } from './stubs.js';

// Providers without quota: work sleeps until they have some, says so, and gives up after as long as it may wait.

const missions = useMissions();

function exhausted(forMs: number, longestMs: number): ApplicationFailure {
  const wait: QuotaWait = { until: new Date(Date.now() + forMs).toISOString(), longestMs };
  const message = 'no provider has quota left: model-a: add credit';
  return ApplicationFailure.nonRetryable(message, 'QuotaExhausted', wait);
}

/** Calls of this role fail as long as the test says. */
function without(role: string, failure: () => ApplicationFailure | undefined, calls: string[]): Partial<AllActivities> {
  return {
    ...withAgents(),
    callModel: async (input) => {
      const now = roleOf(input.session as never) === role ? failure() : undefined;
      calls.push(`${roleOf(input.session as never)} ${now ? 'no' : 'yes'}`);
      if (now) throw now;
      return agentStubs.callModel(input);
    },
  };
}

const asleep = ({ waitingOn }: { waitingOn?: { who: string } }) =>
  waitingOn?.who === 'the quota of the model providers';

describe('a quota that is used up', () => {
  it.each(['planner', 'coder', 'reviewer'])(
    'lets the %s sleep until it is renewed, as everybody can see',
    async (role) => {
      const calls: string[] = [];
      let failures = 0;
      const activities = without(role, () => (failures++ === 0 ? exhausted(3_000, 60_000) : undefined), calls);
      const item = `QUOTA-${role}`;
      const { outcome, what, tries } = await missions.working(activities, async () => {
        const handle = await missions.start(workItem(item));
        const { waitingOn } = await missions.until(item, asleep);
        if (role === 'coder') {
          const task = await missions.client().workflow.getHandle(workflowId.task(item, 'one')).query(taskStatus);
          expect(task.stage).toMatch(/^waits for the quota of its providers: .*add credit/);
        }
        const outcome = await handle.result();
        const tries = calls.filter((call) => call === `${role} no`).length;
        return { outcome, what: waitingOn?.what, tries };
      });
      expect(what).toMatch(
        new RegExp(
          `^until \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC, or signalbox resume ${item} when .*: no provider has quota`,
        ),
      );
      expect(tries).toBe(1);
      expect(outcome).toMatchObject({ result: 'shipped' });
      // What was not paid does not count: every answer costs the same here.
      const paid = calls.filter((call) => call.endsWith('yes')).length;
      expect((outcome as { spend: { usd: number } }).spend.usd).toBeCloseTo(0.0011 * paid, 6);
    },
  );

  it('is tried again when somebody says to go on', async () => {
    let renewed = false;
    const activities = without('coder', () => (renewed ? undefined : exhausted(3_600_000, 86_400_000)), []);
    const outcome = await missions.working(activities, async () => {
      const handle = await missions.start(workItem('QUOTA-1'));
      await missions.until('QUOTA-1', asleep);
      renewed = true;
      await handle.executeUpdate('resumeMission', { args: [{ by: operator, text: 'credit was added' }] });
      return handle.result();
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
  });

  it('ends the work honestly when nobody renewed it for as long as it may wait', async () => {
    const calls: string[] = [];
    const activities = without('coder', () => exhausted(1_000, 2_500), calls);
    const outcome = await missions.working(activities, async () => {
      const handle = await missions.start(workItem('QUOTA-2'));
      return handle.result();
    });
    expect(outcome).toMatchObject({ result: 'failed', planVersions: 1 });
    expect((outcome as { because: string }).because).toMatch(/^one: no provider has quota left/);
    // At each renewal that was told, and at the end: not again and again.
    expect(calls.filter((call) => call === 'coder no').length).toBeLessThanOrEqual(4);
  });

  it('keeps nobody from cancelling what sleeps', async () => {
    const activities = without('coder', () => exhausted(3_600_000, 86_400_000), []);
    const outcome = await missions.working(activities, async () => {
      const handle = await missions.start(workItem('QUOTA-3'));
      await missions.until('QUOTA-3', asleep);
      await handle.executeUpdate('cancelMission', { args: [{ by: operator, text: '' }] });
      return handle.result();
    });
    expect(outcome).toMatchObject({ result: 'cancelled' });
  });
});
