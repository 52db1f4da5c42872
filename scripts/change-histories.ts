import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { growingRepo } from '../test/workflows/growing-repo.js';
import { pullRequest, remark } from '../test/workflows/pull-requests.js';
import { type AllActivities, id, person, stubs, withAgents, workItem } from '../test/workflows/stubs.js';
import { mergeQueueStatus } from '../workflows/messages-standing.js';
import { approve, type Case, mission, pause, task } from './history-case.js';
import type { Keep } from './standing-histories.js';
import { onRepo } from './standing-histories.js';

// Cases of missions on a forge with pull requests, and of those that are validated together before they merge.

function remarked() {
  const forge = pullRequest();
  forge.becomes({ remarks: [remark(1)] });
  return forge.activities;
}

function become(change: Parameters<ReturnType<typeof pullRequest>['becomes']>[0]) {
  const forge = pullRequest();
  forge.becomes(change);
  return forge.activities;
}

/** Only the merge queue of the forge merges, and does so at once. */
function queued(): Partial<AllActivities> {
  const forge = pullRequest();
  return {
    ...forge.activities,
    mergeChange: async () => {
      throw ApplicationFailure.nonRetryable("the forge's own merge queue stands before main", 'MergeQueue');
    },
    enqueuePullRequest: async () => {
      forge.becomes({ state: 'merged', mergeCommit: id('theirs'), mergedTree: id('merged tree') });
      return { queued: true, already: false };
    },
  };
}

/** The base has moved, and what came there does not fit to the change. */
const collides: Partial<AllActivities> = {
  readHead: async () => ({ commit: id('moved'), tree: id('moved tree') }),
  integrate: async (input) => {
    if (input.parts.some(({ commit }) => commit === id('moved')))
      throw ApplicationFailure.nonRetryable('the changes collide in src/tax.ts', 'MergeConflict');
    return stubs.integrate(input);
  },
};

export const CHANGE_CASES: readonly Case[] = [
  {
    item: 'H-80',
    activities: { ...remarked(), reviewChange: async ({ touches }) => (touches ? [] : [person]) },
    drive: approve,
    keep: { 'mission-pull-request': mission('H-80') },
  },
  {
    item: 'H-81',
    activities: {
      ...withAgents(),
      ...remarked(),
      readBase: async (input) => ({ ...(await stubs.readBase(input)), agents: true, pullRequests: true }),
    },
    keep: { 'mission-remarks-taken-up': mission('H-81') },
  },
  {
    item: 'H-82',
    activities: become({ state: 'closed' }),
    keep: { 'mission-pull-request-closed': mission('H-82') },
  },
  {
    item: 'H-83',
    activities: become({ state: 'merged', mergeCommit: id('theirs'), mergedTree: id('their tree') }),
    keep: { 'mission-merged-by-person': mission('H-83') },
  },
  {
    item: 'H-89',
    activities: { ...collides, joinSides: async ({ first }) => ({ tree: id(`${first} first`) }) },
    keep: { 'mission-conflict-resolved': mission('H-89'), 'task-sides-joined': task('H-89', 'conflict-1') },
  },
  { item: 'H-92', activities: queued(), keep: { 'mission-forge-queue': mission('H-92') } },
  {
    item: 'H-90',
    activities: collides,
    keep: { 'mission-conflict-given-back': mission('H-90') },
  },
  {
    item: 'H-91',
    activities: { ...withAgents(), ...collides },
    keep: { 'mission-conflict-coded': mission('H-91'), 'task-conflict-coded': task('H-91', 'conflict-1') },
  },
  {
    item: 'H-93',
    activities: become({ remarks: [remark(1), remark(2, { by: 'Mallory', outsider: true })] }),
    keep: { 'mission-outsider-told': mission('H-93') },
  },
];

/** An item in two repos: one that lands, and one of which the second part does not. */
export async function recordSets(keep: Keep): Promise<void> {
  if (keep.isKept('changeSet-taken-back')) return;
  const activities: Partial<AllActivities> = {
    mergeChange: async ({ change: { repo, branch } }) => {
      if (repo === 'web' && branch.includes('H-94')) throw ApplicationFailure.nonRetryable('locked', 'Unauthorized');
      return { merged: id(`${repo} ${branch}`), already: false };
    },
  };
  await keep.server.working(activities, async () => {
    for (const item of ['H-93', 'H-94']) {
      await keep.server.client.workflow.execute('changeSet', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
        args: [{ item: workItem(item, { repo: 'api', repos: ['api', 'web'] }), attempt: 1 }],
      });
    }
  });
  await keep.write('changeSet-landed', workflowId.mission('H-93'));
  await keep.write('mission-in-a-set', workflowId.mission('H-93.web'));
  await keep.write('changeSet-taken-back', workflowId.mission('H-94'));
  await keep.write('mission-takes-back', workflowId.mission('H-94.api.revert'));
}

/** Missions in a line, the last of which is red together with the others. */
export async function recordBatches(keep: Keep): Promise<void> {
  if (keep.isKept('mergeQueue-batched')) return;
  const repo = growingRepo('kept-batch', { red: (items) => items.includes('H-87') });
  const items = ['H-84', 'H-85', 'H-86', 'H-87', 'H-88'];
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => {
    release = done;
  });
  const activities = {
    ...repo.activities,
    writeProof: async (proof: Parameters<typeof stubs.writeProof>[0]) => {
      if (proof.item.key === items[0]) await released;
      return stubs.writeProof(proof);
    },
  };
  await onRepo(keep, { repo: 'kept-batch', activities }, async ({ start, until }) => {
    const handles = [];
    for (const [n, item] of items.entries()) {
      handles.push(await start(item));
      await until(({ holder, waiting }) => holder !== undefined && waiting.length === n);
    }
    release();
    await Promise.all(handles.map((handle) => handle.result()));
    const queue = keep.server.client.workflow.getHandle(workflowId.mergeQueue('kept-batch'));
    while ((await queue.query(mergeQueueStatus)).holder) await pause();
  });
  await keep.write('mergeQueue-batched', workflowId.mergeQueue('kept-batch'));
  await keep.write('mission-in-a-batch', workflowId.mission('H-86'));
}
