import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTestServer } from '../infra/test-server.js';
import { addCost, NO_COST, roundUsd } from '../schemas/cost.js';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import type { Plan } from '../schemas/plan.js';
import { unpackPlans } from '../schemas/plan-versions.js';
import { loadConfig } from '../temporal.config.js';
import { MISSION_EVENTS } from '../workflows/history-length.js';
import {
  answerMission,
  handOver,
  type MissionStatus,
  missionPlans,
  missionStatus,
  promptMission,
} from '../workflows/messages.js';
import { answered } from './workflows/agent-stubs.js';
import {
  activitiesOf,
  failing,
  ITEM,
  LONG_TASK,
  Model,
  nameOf,
  noted,
  order,
  promptOf,
  say,
  TASKS,
  treeOf,
  turnsOf,
} from './workflows/long-run.js';
import { type RunSize, runChain } from './workflows/run-chain.js';
import { silence, stubbedWorkers } from './workflows/server.js';
import { id, operator, workItem } from './workflows/stubs.js';
import { whileWorking } from './workflows/while-working.js';

// A run of 200 prompts over 30 days on the time-skipping server, with the real workflow bundle. What the mission does
// is compared with a model of it that the test keeps.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The limit is looked at between tasks: what one task and what people say meanwhile add to it. */
const EVENTS = 2_000;
/** What a mission carries beside its tasks: the base, the last notes and stages, the budget. */
const STATE_BYTES = 150_000;
/** What each task adds for good: its prompt, its record, its place in the plans. */
const BYTES_PER_TASK = 1_400;
const SEAM_EVENTS = 15;

describe('a mission of 30 days', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    silence();
    const path = await findTestServer({ cacheDir: loadConfig().cacheDir });
    env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
    await registerAttributes(env);
  }, 120_000);
  afterAll(() => env?.teardown());

  it('carries 200 tasks and 2,000 turns in runs of bounded history, and neither loses nor invents anything', async () => {
    const model = new Model();
    const started = await env.currentTimeMs();
    const mission = () => env.client.workflow.getHandle(workflowId.mission(ITEM));
    const workers = await stubbedWorkers(
      {
        connection: env.nativeConnection,
        namespace: 'default',
        client: env.client,
        plugins: [],
        encryption: undefined,
      },
      activitiesOf(model, mission),
    );
    const { outcome, status, plans } = await whileWorking(workers, async () => {
      const item = workItem(ITEM, { interactive: true, problem: promptOf(1), reporter: operator });
      await env.client.workflow.start('mission', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(ITEM) },
        args: [{ item, attempt: 1, historyLimit: MISSION_EVENTS }],
      });
      await attend(env, mission, model);
      const result = (await mission().result()) as Outcome;
      const last = await mission().query(missionStatus);
      const all = unpackPlans(await mission().query(missionPlans));
      await untilArchived(env.client);
      return { outcome: result, status: last, plans: all };
    });

    expect(outcome).toMatchObject({ result: 'shipped' });
    expect((await env.currentTimeMs()) - started).toBeGreaterThanOrEqual(30 * DAY_MS);
    expect(model.calls).toBeGreaterThanOrEqual(2_000);
    await expectBounded(env.client, model);
    expectNothingLost(model, status);
    expectNoDrift(model, { outcome, status, plans });
    await expectNothingPending(env.client);
  }, 600_000);
});

/** Unlike the development server this one takes no attributes at its start. */
async function registerAttributes({ connection }: TestWorkflowEnvironment): Promise<void> {
  const KINDS = { Keyword: 2, Double: 4 } as const;
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, KINDS[type]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
}

/** A person who answers what is asked, goes on with what was paused, and has 200 things to do. */
async function attend(env: TestWorkflowEnvironment, mission: () => WorkflowHandle, model: Model): Promise<void> {
  let prompts = 1;
  for (;;) {
    const status: MissionStatus = await mission().query(missionStatus);
    if (status.outcome) return;
    if (status.paused) {
      await env.sleep(5 * HOUR_MS);
      await say(mission, model, 'resume');
    } else if (status.asked) {
      await env.sleep(2 * HOUR_MS);
      const text = model.word('answer');
      model.answers.push(text);
      await mission().executeUpdate(answerMission, order(text));
      model.said.push(text);
      await until(mission, ({ asked }) => asked?.question !== status.asked?.question);
    } else if (status.stage === 'attached' && status.planVersion === prompts) {
      await env.sleep(3.5 * HOUR_MS);
      if (prompts === TASKS) {
        await mission().executeUpdate(handOver, order(noted(model, 'handed over')));
        return;
      }
      prompts++;
      await promptInTheMidst(mission, model, prompts);
    } else await pause(10);
  }
}

/** The mission may continue as new at every prompt: other words come just before, at the same time and just after. */
async function promptInTheMidst(mission: () => WorkflowHandle, model: Model, n: number): Promise<void> {
  const prompt = promptOf(n);
  await Promise.all([
    say(mission, model, 'steer'),
    mission()
      .executeUpdate(promptMission, order(prompt))
      .then(() => model.said.push(prompt)),
    say(mission, model, 'steer'),
    ...(n % 10 === 0 ? [say(mission, model, 'raise')] : []),
  ]);
  await say(mission, model, 'steer');
  await until(mission, ({ planVersion }) => planVersion === n);
}

async function expectBounded(client: Client, model: Model): Promise<void> {
  const runs = await runChain(client, workflowId.mission(ITEM));
  const long = await runChain(client, workflowId.task(ITEM, nameOf(LONG_TASK)));
  if (process.env.SIGNALBOX_FIGURES)
    process.stdout.write(`${JSON.stringify({ runs, long, calls: model.calls }, null, 1)}\n`);
  expect(runs.length).toBeGreaterThanOrEqual(4);
  expect(long.length).toBeGreaterThanOrEqual(2);
  for (const { events, bytes, largestPayload } of [...runs, ...long]) {
    expect(events).toBeLessThanOrEqual(EVENTS);
    expect(bytes).toBeLessThan(16_000_000);
    expect(largestPayload).toBeLessThan(700_000);
  }
  expect(runs.at(-1)?.input).toBeLessThan(STATE_BYTES + BYTES_PER_TASK * TASKS);
  await expectWordsAtTheSeams(client, runs);
}

/** Some of what was said came in the last steps of a run or in the first ones of the next. */
async function expectWordsAtTheSeams(client: Client, runs: readonly RunSize[]): Promise<void> {
  let heard = 0;
  for (const { runId } of runs) {
    const { events } = await client.workflow.getHandle(workflowId.mission(ITEM), runId).fetchHistory();
    const seams = [...(events ?? []).slice(0, SEAM_EVENTS), ...(events ?? []).slice(-SEAM_EVENTS)];
    heard += seams.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length;
  }
  expect(heard).toBeGreaterThanOrEqual(runs.length);
}

function expectNothingLost(model: Model, status: MissionStatus): void {
  const runs = [...model.archived, status];
  const notes = new Set(runs.flatMap((run) => run.notes));
  const failed = Array.from({ length: TASKS }, (_, index) => index + 1).filter(failing).length;
  for (const text of model.said)
    expect([text, [...notes].filter((note) => note.endsWith(`: ${text}`)).length]).toEqual([text, 1]);
  // Once each: the dropped ones are counted.
  expect((status.notesDropped ?? 0) + status.notes.length).toBe(model.said.length + failed);
  for (const text of model.answers) expect(model.told.filter((told) => told.includes(text))).toHaveLength(1);
  expect(model.answers).toHaveLength(TASKS / 10);
  expect(status.budget?.limit.usd).toBe(50 + model.raised);
}

function expectNoDrift(
  model: Model,
  { outcome, status, plans }: { readonly outcome: Outcome; readonly status: MissionStatus; readonly plans: Plan[] },
): void {
  const numbers = Array.from({ length: TASKS }, (_, index) => index + 1);
  const passed = numbers.filter((n) => !failing(n));
  // Plans: one per prompt, one of the hand-over, and the re-plans.
  expect(plans.map(({ version }) => version)).toEqual([...numbers, ...[1, 2, 3].map((more) => TASKS + more)]);
  expect(outcome.planVersions).toBe(plans.length);
  for (const n of numbers) {
    const ids = [...passed.filter((before) => before < n), n].map(nameOf);
    expect(plans[n - 1]?.tasks.map(({ id: task }) => task)).toEqual(ids);
    expect(plans[n - 1]?.tasks.at(-1)?.goal).toBe(promptOf(n));
  }
  // Tasks: each on top of the last one that passed.
  const states = Object.fromEntries(status.tasks.map(({ task, state }) => [task.id, state]));
  let tree = id('base tree');
  for (const n of numbers) {
    expect([n, model.starts.get(nameOf(n))]).toEqual([n, tree]);
    if (!failing(n)) tree = treeOf(nameOf(n), turnsOf(nameOf(n)));
    expect([n, states[nameOf(n)]]).toEqual([n, failing(n) ? 'replaced' : 'passed']);
  }
  // Money: what every call cost, and the stages add up to it.
  expect(outcome.spend.usd).toBe(roundUsd(model.calls * (answered.usd ?? 0)));
  expect(outcome.spend.usage).toMatchObject({ input: 100 * model.calls, output: 10 * model.calls });
  const stages = outcome.stages.reduce((sum, { cost }) => addCost(sum, cost ?? NO_COST), NO_COST);
  expect(stages).toEqual({ usd: outcome.spend.usd, usage: outcome.spend.usage });
}

async function expectNothingPending(client: Client): Promise<void> {
  const last = await client.workflow.getHandle(workflowId.mission(ITEM)).describe();
  expect(last.status.name).toBe('COMPLETED');
  expect(last.raw.pendingActivities ?? []).toEqual([]);
  expect(last.raw.pendingChildren ?? []).toEqual([]);
  for (let n = 1; n <= TASKS; n++) {
    const task = await client.workflow.getHandle(workflowId.task(ITEM, nameOf(n))).describe();
    expect([n, task.status.name]).toEqual([n, 'COMPLETED']);
  }
}

/** Each run starts its archive as its last step; nobody waits for it. */
async function untilArchived(client: Client): Promise<void> {
  for (const { runId } of await runChain(client, workflowId.mission(ITEM))) {
    await client.workflow.getHandle(workflowId.archive(ITEM, runId)).result();
  }
}

async function until(mission: () => WorkflowHandle, holds: (status: MissionStatus) => boolean): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    if (holds(await mission().query(missionStatus))) return;
    await pause(10);
  }
  throw new Error(
    `the mission never got there: ${JSON.stringify(await mission().query(missionStatus)).slice(0, 3_000)}`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
