import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DeploymentAt,
  promote,
  readDeployment,
  registered,
  takeIfFirst,
} from '../../adapters/temporal/deployment.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { missionStatus } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { planted } from '../planted.js';
import { answer, questionOf } from './questions.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { person, workItem } from './stubs.js';

// Builds of the workers that come and go; the rolling release with real programs is test/e2e/deploy.test.ts.

const stubs = { reviewChange: async ({ touches }: { touches?: unknown }) => (touches ? [] : [person]) };
/** A step more at the beginning of the work of a mission, behind patched(), as every change has to be. */
const changed = (code: string) => planted(code, { type: 'mission', within: 'carry' }, "(0,$.patched)('a-step-more');");

describe('builds of the workers', () => {
  let server: StubbedServer;
  let at: DeploymentAt;
  beforeAll(async () => {
    server = await startStubbedServer();
    at = { service: server.client.workflowService, namespace: server.client.options.namespace };
  });
  afterAll(() => server?.close());

  const handleOf = (item: string) => server.client.workflow.getHandle(workflowId.mission(item));

  /** Up to the question about its merge. */
  async function start(item: string): Promise<void> {
    await server.client.workflow.start('mission', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
      args: [{ item: workItem(item), attempt: 1 }],
    });
    await questionOf(server.client, item);
  }

  const approve = async (item: string) => answer(server.client, await questionOf(server.client, item));

  async function buildOf(item: string): Promise<string | undefined> {
    const { raw } = await handleOf(item).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
  }

  async function taskFails(item: string): Promise<boolean> {
    const { events = [] } = await handleOf(item).fetchHistory();
    return (events ?? []).some(({ workflowTaskFailedEventAttributes: failed }) => failed);
  }

  it('that come first at once agree on one of them, which has the work', async () => {
    const builds = ['1111aaaa', '2222bbbb'];
    const [one = '', two = ''] = builds;
    await server.working(
      stubs,
      () =>
        server.working(
          stubs,
          async () => {
            await Promise.all(builds.map((build) => registered(at, build)));
            const chosen = await Promise.all([...builds, ...builds, ...builds].map((build) => takeIfFirst(at, build)));
            expect(new Set(chosen).size).toBe(1);
            expect(builds).toContain(chosen[0]);
            expect((await readDeployment(at))?.current).toBe(chosen[0]);
            // A third one that comes later takes nothing from it.
            expect(await takeIfFirst(at, chosen[0] === one ? two : one)).toBe(chosen[0]);
            await start('FIRST-1');
            expect(await buildOf('FIRST-1')).toBe(chosen[0]);
            await handleOf('FIRST-1').cancel();
            await handleOf('FIRST-1').result();
          },
          { build: { id: two } },
        ),
      { build: { id: one } },
    );
  });

  it('may go back: missions go on with the old one, or wait for the new one where they have its steps', async () => {
    const [before, after] = ['3333cccc', '4444dddd'];
    await server.working(
      stubs,
      () =>
        server.working(
          stubs,
          async () => {
            await promote(at, before);
            await start('BACK-1');
            await promote(at, after);
            await start('BACK-2');
            expect([await buildOf('BACK-1'), await buildOf('BACK-2')]).toEqual([before, after]);
            await promote(at, before);
            await approve('BACK-1');
            expect(((await handleOf('BACK-1').result()) as Outcome).result).toBe('shipped');
            expect(await buildOf('BACK-1')).toBe(before);
            // The old build does not know its history: it says so, and nothing is lost.
            await approve('BACK-2');
            await eventually(() => taskFails('BACK-2'));
            expect((await handleOf('BACK-2').describe()).status.name).toBe('RUNNING');
            await promote(at, after);
            expect(((await handleOf('BACK-2').result()) as Outcome).result).toBe('shipped');
            expect(await buildOf('BACK-2')).toBe(after);
            expect((await handleOf('BACK-2').query(missionStatus)).outcome?.result).toBe('shipped');
          },
          { build: { id: after, bundle: changed } },
        ),
      { build: { id: before } },
    );
  });
});
