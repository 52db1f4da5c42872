import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { workflowBundleName } from '../adapters/temporal/codec/data-converter.js';
import { findTestServer } from '../infra/test-server.js';
import type { Approval, ApprovalQuestion } from '../schemas/approval.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { liveLong } from './workflows/long-life.js';
import { judgeLife } from './workflows/long-life-judge.js';
import { answer } from './workflows/questions.js';
import { runChain } from './workflows/run-chain.js';
import { silence, startStubbedServer } from './workflows/server.js';
import { stubs } from './workflows/stubs.js';
import { whileWorking } from './workflows/while-working.js';

// What takes weeks: on the time-skipping server what only waits, and on the development server, with short nights, what
// starts other workflows. `scripts/long-life` is the mission of 30 days.

const DAY_MS = 24 * 3_600_000;

describe('over weeks', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    silence();
    const path = await findTestServer({ cacheDir: loadConfig().cacheDir });
    env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  });
  afterAll(() => env?.teardown());

  it('an approval reminds each day, in runs of bounded history, and takes the answer of the sixth week', async () => {
    const question: ApprovalQuestion = {
      ...{ id: 'L-1/1', item: 'L-1', action: 'merge', title: 't', head: 'h', planHash: 'p', risk: 'high' },
      ...{ because: ['b'], recommendation: 'r', changedFiles: [], reminderMs: DAY_MS, deadlineMs: 60 * DAY_MS },
    };
    const said: string[] = [];
    const { installDir } = loadConfig();
    const worker = await Worker.create({
      ...{ connection: env.nativeConnection, taskQueue: TASK_QUEUE },
      workflowBundle: { code: readFileSync(join(installDir, 'dist', workflowBundleName(undefined)), 'utf8') },
      activities: {
        comment: async ({ effectKey }: { readonly effectKey: string }) => {
          said.push(effectKey.split('/').at(-1) ?? '');
          return { already: false };
        },
        verifyAnswer: stubs.verifyAnswer,
      },
    });
    const id = workflowId.approval('L-1', 1);
    const result = await whileWorking([worker], async () => {
      const handle = await env.client.workflow.start('approval', {
        ...{ taskQueue: TASK_QUEUE, workflowId: id },
        args: [{ question, source: { kind: 'linear', id: 'L-1' }, attempt: 1, historyLimit: 100 }],
      });
      for (let day = 1; day <= 40; day++) await env.sleep(DAY_MS);
      await answer(env.client, question, { reason: 'read it' });
      return (await handle.result()) as Approval;
    });
    expect(result).toMatchObject({ outcome: 'approved', reason: 'read it' });
    expect(said).toEqual(['question', ...said.slice(1).map((_key, index) => `reminder ${index + 1}`)]);
    expect(said.length - 1).toBe(result.reminders);
    expect(result.reminders).toBeGreaterThanOrEqual(38);
    expect(result.reminders).toBeLessThanOrEqual(40);
    expect(Date.parse(result.answeredAt) - Date.parse(result.askedAt)).toBeGreaterThanOrEqual(39 * DAY_MS);
    const runs = await runChain(env.client, id);
    expect(runs.length).toBeGreaterThanOrEqual(4);
    // The limit, and what one reminder adds.
    for (const run of runs) expect(run.events).toBeLessThanOrEqual(120);
    for (const run of runs) expect(run.input).toBeLessThan(1_000);
  });
});

describe('a mission of many days', () => {
  it('loses and forgets nothing, in runs of bounded history, whatever people and its agents do', async () => {
    const terms = { days: 6, tasks: 20, turns: 8, historyLimit: 100, nightMs: 1_000 };
    const server = await startStubbedServer();
    try {
      const seen = await liveLong(server, 'LONG-1', terms);
      expect(seen.outcome.result).toBe('shipped');
      expect(judgeLife(seen, terms)).toEqual({
        ...{ ordersLost: 0, guidanceUnheard: 0, answersAstray: 0, callsWhilePaused: 0, recordsChanged: 0 },
        ...{ commitsAstray: 0, tokensAstray: 0, runsTooLong: 0, runsTooHeavy: 0 },
      });
      // All of it happened: each day its orders, questions, tasks that were planned anew, and new runs on the way.
      expect(seen.mornings).toHaveLength(terms.days - 1);
      expect(seen.asked).toHaveLength(4);
      expect(seen.gaveUp.length).toBeGreaterThanOrEqual(3);
      expect(seen.outcome.planVersions).toBeGreaterThan(1);
      expect(seen.calls.coders).toBeGreaterThanOrEqual(terms.tasks * terms.turns);
      expect(seen.mission.length).toBeGreaterThan(3);
      expect(seen.tasks.filter((runs) => runs.length > 1).length).toBeGreaterThan(terms.tasks / 2);
    } finally {
      await server.close();
    }
  }, 300_000);
});
