import { getClient } from '@temporalio/activity';
import { createPermission, unlessHalted } from '../activities/halt.js';
import { createHalts } from '../adapters/temporal/halts.js';
import { createHalting } from '../gateway/dispatch.js';
import { workflowId } from '../schemas/names.js';
import { agentStubs, roleOf } from '../test/workflows/agent-stubs.js';
import { questionOf } from '../test/workflows/questions.js';
import type { StubbedServer } from '../test/workflows/server.js';
import { operator, person, stubs, withAgents } from '../test/workflows/stubs.js';
import { cancelMission, type MissionStatus } from '../workflows/messages.js';
import { resumeAll } from '../workflows/messages-standing.js';
import { type Case, mission, pause, task, waitFor } from './history-case.js';

// Histories of missions that are cancelled at various points, and of a halt.

const SLOW_MS = 1_500;

function slowly<Result>(result: Result): Promise<Result> {
  return new Promise((done) => setTimeout(() => done(result), SLOW_MS));
}

function cancelWhen(holds: (status: MissionStatus) => boolean): NonNullable<Case['drive']> {
  return async (at, item) => {
    await waitFor(at, item, holds);
    await pause();
    const handle = at.client.workflow.getHandle(workflowId.mission(item));
    await handle.executeUpdate(cancelMission, { args: [{ by: operator, text: 'not needed' }] });
  };
}

/** A call of the model that takes its time. */
const slowCalls = (role: string) => ({
  callModel: async (input: Parameters<typeof agentStubs.callModel>[0]) => {
    const answer = await agentStubs.callModel(input);
    return roleOf(input.session as never) === role ? slowly(answer) : answer;
  },
});

const permitted = createPermission(createHalts(getClient));
const { comment, setState, pushBranch, mergeChange } = stubs;
let halt = '';

async function haltAndResume(at: StubbedServer): Promise<void> {
  await createHalting(at.client).halt({ by: operator, reason: 'the provider is investigating' });
  const handle = at.client.workflow.getHandle(workflowId.halt());
  halt = (await handle.describe()).runId;
  await slowly(undefined);
  await handle.executeUpdate(resumeAll, { args: [{ by: operator, text: 'all clear' }] });
  await handle.result();
  await at.client.workflow.getHandle(workflowId.resumption(halt)).result();
}

export const STOP_CASES: readonly Case[] = [
  {
    item: 'S-1',
    activities: { ...withAgents(), ...slowCalls('planner') },
    drive: cancelWhen(({ stage }) => stage === 'planning'),
    keep: { 'mission-cancelled-planning': mission('S-1') },
  },
  {
    item: 'S-2',
    activities: { ...withAgents(), ...slowCalls('coder') },
    drive: cancelWhen(({ tasks }) => tasks.some(({ state }) => state === 'running')),
    keep: { 'mission-cancelled-coding': mission('S-2'), 'task-cancelled-coding': task('S-2', 'one') },
  },
  {
    item: 'S-3',
    activities: { reviewChange: async () => [person] },
    drive: async (at, item) => {
      await waitFor(at, item, ({ stage }) => stage === 'approval');
      await questionOf(at.client, item);
      await cancelWhen(() => true)(at, item);
    },
    keep: {
      'mission-cancelled-approval': mission('S-3'),
      'approval-cancelled': { workflow: workflowId.approval('S-3', 1) },
    },
  },
  {
    item: 'S-4',
    activities: { mergeChange: async (input) => slowly(await mergeChange(input)) },
    drive: cancelWhen(({ stage }) => stage === 'merging'),
    keep: { 'mission-cancelled-merging': mission('S-4') },
  },
  {
    item: 'S-5',
    activities: unlessHalted(permitted, { comment, setState, pushBranch, mergeChange }),
    drive: haltAndResume,
    keep: {
      'mission-halted': mission('S-5'),
      'halt-lifted': { workflow: workflowId.halt() },
      'resumption-told': { workflow: () => workflowId.resumption(halt) },
    },
  },
];
