import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readBuildId } from '../../infra/build-id.js';
import { workflowId } from '../../schemas/names.js';
import { loadConfig } from '../../temporal.config.js';
import { triageStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { otherBuild } from '../other-build.js';
import { planted } from '../planted.js';
import { fileTicket, readTicket, type StackWorker } from '../stack.js';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { destinationScript } from './agent-scripts/destination.js';
import { type Beat, beat, roleOf } from './agent-scripts/talks.js';

// Releases while missions are at work. The new build is this one with a step more at the end of a mission, behind
// patched(), as every change of a workflow has to be.

const MINUTES = 60_000;
const OLD = readBuildId(loadConfig().installDir);
const NEW = 'f00dfeedcafe';
const ONE_LENS = '\nreview:\n  lenses: [correctness]\n';

interface Build {
  readonly build: string;
  readonly state: string;
  readonly workers: number;
  readonly pinned: number;
}

describe('a release', () => {
  let stack: AgentStack;
  let release: string;
  let old: StackWorker;
  /** Roles that wait before they answer. */
  const held = new Map<string, { readonly asked: Beat; readonly answer: Beat }>();

  beforeAll(async () => {
    stack = await startAgentStack({ blueprint: (yaml) => `${yaml}${ONE_LENS}` });
    const script = destinationScript({ risk: 'medium' });
    stack.models.script(async (call) => {
      const hold = held.get(roleOf(call));
      hold?.asked.over();
      await hold?.answer.waited;
      return script(call);
    });
    release = otherBuild(stack.directory, NEW, (bundle) =>
      planted(bundle, { type: 'mission', within: 'writeBack' }, "(0,$.patched)('a-step-more');"),
    );
    old = await stack.startWorker('one');
  }, 2 * MINUTES);

  afterAll(() => stack?.remove(), MINUTES);

  const deploy = async (...args: string[]): Promise<readonly Build[]> =>
    JSON.parse(await stack.cli(['deploy', ...args, '--json']));
  const drained = () =>
    stack.cli(['deploy', 'drained']).then(
      () => true,
      () => false,
    );
  const states = (builds: readonly Build[]) => Object.fromEntries(builds.map(({ build, state }) => [build, state]));
  const missionOf = (item: string) => workflowId.mission(item);
  const reviewOf = (item: string) => workflowId.review(item, 'filter', 1);
  const approvalOf = (item: string) => workflowId.approval(item, 1);

  /** The build that took the last step of a workflow. */
  async function buildOf(id: string): Promise<string | undefined> {
    const { raw } = await stack.client.workflow.getHandle(id).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
  }

  /** Starts a mission, and holds the first one of this role that is asked. */
  async function heldAt(role: string, item: string): Promise<() => void> {
    const hold = { asked: beat(), answer: beat() };
    held.set(role, hold);
    await stack.label('parcels-destination', item);
    await stack.until(item, () => hold.asked.isOver());
    held.delete(role);
    return hold.answer.over;
  }

  async function atApproval(item: string): Promise<void> {
    await stack.until(item, ({ stage, waitingOn }) => stage === 'approval' && waitingOn !== undefined);
  }

  /** Past the question about its merge, which is refused: the next mission starts from the same base. */
  async function toItsEnd(item: string): Promise<void> {
    await atApproval(item);
    await stack.cli(['reject', `${item}/1`, '--reason', 'only a rehearsal'], 'anna');
    expect(await stack.outcome(item)).toMatchObject({ result: 'rejected' });
  }

  it(
    'takes over the missions in flight when it is promoted: one in a model call, one in review, one that waits for a person, one that triage asks about',
    async () => {
      await stack.label('parcels-destination', 'PAR-210');
      await atApproval('PAR-210');
      const reviewer = await heldAt('reviewer', 'PAR-211');
      const coder = await heldAt('coder', 'PAR-212');
      const vague = readTicket('parcels-vague');
      fileTicket(stack.linear, vague);
      const webhook = stack.linear.addLabel(vague.identifier, 'signalbox');
      await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`);
      const triage = workflowId.triage(`linear/${vague.identifier}`);
      const asks = async () => (await stack.client.workflow.getHandle(triage).query(triageStatus)).stage === 'asking';
      await eventually(() => asks().catch(() => false));

      await stack.startWorker('two', { installDir: release });
      expect(await deploy('status')).toMatchObject([
        { build: NEW, state: 'new', workers: 1, pinned: 0 },
        { build: OLD, state: 'current', workers: 1, pinned: 1 },
      ]);
      expect(states(await deploy('promote', '--build', NEW))).toEqual({ [NEW]: 'current', [OLD]: 'draining' });
      expect(await drained()).toBe(false);

      coder();
      await atApproval('PAR-212');
      reviewer();
      await atApproval('PAR-211');
      await eventually(drained);
      await old.stop();
      await stack.cli([
        'answer',
        vague.identifier,
        'A quote should be the same every time.\n\n- ten quotes of one parcel are equal',
      ]);
      await stack.until(vague.identifier, () => true).catch(() => undefined);
      for (const item of ['PAR-210', 'PAR-211', 'PAR-212', vague.identifier]) {
        await toItsEnd(item);
        expect(await buildOf(missionOf(item))).toBe(NEW);
        expect(await buildOf(approvalOf(item))).toBe(NEW);
      }
      expect(await buildOf(reviewOf('PAR-211'))).toBe(OLD);
      expect(await buildOf(reviewOf('PAR-212'))).toBe(NEW);
      expect(await buildOf(triage)).toBe(NEW);
    },
    8 * MINUTES,
  );
});
