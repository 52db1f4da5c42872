import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { loadConfig } from '../temporal.config.js';
import { silence } from './workflows/server.js';

// Shipped code must resume every history ever written: see scripts/record-histories.ts for how one is added.

const { installDir } = loadConfig();
const DIRECTORY = join(installDir, 'test/histories');
const workflowBundle = {
  code: readFileSync(join(installDir, 'dist/workflow-bundle.js'), 'utf8'),
} as WorkflowBundleWithSourceMap;
const histories = readdirSync(DIRECTORY).filter((file) => file.endsWith('.json'));

function read(file: string) {
  return JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8'));
}

describe('the kept histories', () => {
  silence();

  it('are there, at least one of each workflow', () => {
    const kinds = new Set(histories.map((file) => file.split('-')[0]));
    expect([...kinds].sort()).toEqual([
      'approval',
      'archive',
      'budget',
      'housekeeping',
      'mission',
      'review',
      'task',
      'triage',
    ]);
  });

  it.each(histories)('%s is resumed by the present code', async (file) => {
    await Worker.runReplayHistory({ workflowBundle }, read(file));
  });

  it('a history that took another way is found out', async () => {
    const history = read('mission-shipped.json');
    for (const event of history.events) {
      const type = event.activityTaskScheduledEventAttributes?.activityType;
      if (type?.name === 'planMission') type.name = 'guessMission';
    }
    await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toMatchObject({
      name: 'DeterminismViolationError',
    });
  });
});
