import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type History, type RunHistory, type RunTree, startedChildren } from '../schemas/history.js';
import { loadConfig } from '../temporal.config.js';
import { compareStories } from './compare.js';
import { tellMission } from './story.js';
import { totalsOf } from './story-totals.js';
import { renderTrace } from './trace.js';

// Recorded missions, told; and an agent's steps, whose shapes are those of schemas/agent.ts.

const USAGE = { input: 1_000, output: 200, cacheRead: 9_000, cacheWrite: 50 };
const plain = { paint: (_style: unknown, text: string) => text };

/** A kept history as a run of a workflow. */
function kept(name: string, workflowId: string, runId = name): RunHistory {
  const file = join(loadConfig().installDir, 'test/histories', `${name}.json`);
  const history = JSON.parse(readFileSync(file, 'utf8')) as History;
  return { workflowId, runId, type: workflowId.split('/')[0] ?? '', history };
}

function tree(root: RunHistory, children: readonly RunHistory[] = []): RunTree {
  return { root, children, forgotten: [] };
}

/** The shipped mission with its tasks; `more` are steps that the task `one` took besides. */
function shipped(more: readonly Step[] = []): RunTree {
  const root = kept('mission-shipped', 'mission/H-1');
  const runOf = (id: string) => startedChildren(root.history).find(({ workflowId }) => workflowId === id)?.runId ?? '';
  const one = kept('task-change-passed', 'task/H-1/one', runOf('task/H-1/one'));
  const events = [...one.history.events];
  events.splice(-1, 0, ...more.flatMap(eventsOf));
  return tree(root, [
    { ...one, history: { events } },
    kept('task-integrate-passed', 'task/H-1/integrate', runOf('task/H-1/integrate')),
  ]);
}

interface Step {
  readonly name: string;
  readonly summary: string;
  readonly input: unknown;
  readonly result: unknown;
}

let lastId = 1_000;
function eventsOf({ name, summary, input, result }: Step) {
  const id = String(++lastId);
  const payload = (value: unknown) => ({
    metadata: { encoding: Buffer.from('json/plain').toString('base64') },
    data: Buffer.from(JSON.stringify(value)).toString('base64'),
  });
  const event = (more: number, eventType: string) => ({
    ...{ eventId: more === 0 ? id : String(++lastId), eventTime: `2030-01-01T00:00:0${more}Z`, eventType },
  });
  return [
    {
      ...event(0, 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED'),
      userMetadata: { summary: payload(summary) },
      activityTaskScheduledEventAttributes: { activityType: { name }, input: { payloads: [payload(input)] } },
    },
    {
      ...event(1, 'EVENT_TYPE_ACTIVITY_TASK_STARTED'),
      activityTaskStartedEventAttributes: { scheduledEventId: id, attempt: 1 },
    },
    {
      ...event(3, 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED'),
      activityTaskCompletedEventAttributes: { scheduledEventId: id, result: { payloads: [payload(result)] } },
    },
  ];
}

const call = (model: string, usd: number | null): Step => ({
  name: 'callModel',
  summary: 'one: coder, turn',
  input: { session: 's1', conversation: 'c1', n: 1, rung: 0, maxOutputTokens: 1 },
  result: { conversation: 'c2', model, stop: 'tools', calls: 1, usage: USAGE, usd, context: 10_250, said: 'I look.' },
});

const AGENT: readonly Step[] = [
  {
    name: 'openSession',
    summary: 'one: brief the coder',
    input: { key: 'k', role: 'coder' },
    result: { session: 's1', conversation: 'c1' },
  },
  call('small-model', 0.02),
  {
    name: 'runTools',
    summary: 'one: coder, 2 tools',
    input: {},
    result: {
      host: 'h',
      result: { conversation: 'c3', tree: 't', context: 5, digest: 'd', refused: 1, did: 'edited src/one.ts' },
    },
  },
  call('small-model', 0.03),
];

describe('the story of a mission', () => {
  it('has its stages, plan, tasks, gates and outcome', () => {
    const story = tellMission([shipped()]);
    expect(story).toMatchObject({ item: 'H-1', repo: 'parcels', outcome: { result: 'shipped' }, runs: 1 });
    expect(story.stages.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['reading', 'planning', 'merging']));
    expect(story.plans.map(({ version }) => version)).toEqual([1]);
    expect(story.mission.parts.map(({ workflowId, ended }) => [workflowId, ended.split(':')[0]])).toEqual([
      ['task/H-1/one', 'passed'],
      ['task/H-1/integrate', 'passed'],
    ]);
    const gates = story.mission.parts.flatMap(({ steps }) => steps.flatMap(({ gate }) => gate?.gate ?? []));
    expect(gates).toEqual(['tests', 'tests']);
  });

  it('goes over the runs of a mission that continued as new', () => {
    const first = kept('mission-continued-as-new', 'mission/H-4');
    const story = tellMission([tree(first), tree(kept('mission-continued-run', 'mission/H-4'))]);
    expect(story).toMatchObject({ runs: 2, outcome: { result: 'shipped' } });
    expect(Date.parse(story.startedAt)).toBe(Date.parse(first.history.events[0]?.eventTime ?? ''));
  });

  it('while it runs tells the stages that it has shown', () => {
    const story = tellMission([tree(kept('mission-continued-as-new', 'mission/H-4'))]);
    expect(story.outcome).toBeUndefined();
    expect(story.stages[0]?.stage).toBe('reading');
    expect(story.stages.at(-1)?.stage).toBe('running');
  });

  it('tells each plan that another replaced', () => {
    expect(tellMission([tree(kept('mission-replanned', 'mission/H-3'))]).plans.map(({ version }) => version)).toEqual([
      1, 2,
    ]);
  });

  it('adds up what model calls cost, by stage, workflow, role and model', () => {
    const totals = totalsOf(tellMission([shipped(AGENT)]));
    const expected = { calls: 2, cost: { usd: 0.05, usage: { input: 2_000, output: 400, cacheRead: 18_000 } } };
    expect(totals.all).toMatchObject(expected);
    expect(totals.roles).toMatchObject({ coder: expected });
    expect(totals.models).toMatchObject({ 'small-model': { ...expected, modelMs: 4_000 } });
    expect(totals.workflows).toMatchObject({ 'task/H-1/one': expected });
    expect(Object.keys(totals.stages)).toEqual([expect.any(String)]);
  });

  it('says that a cost is unknown as soon as a part of it is, and what of it is known', () => {
    const story = tellMission([shipped([...AGENT, call('house-model', null)])]);
    expect(totalsOf(story).all).toMatchObject({ cost: { usd: null }, knownUsd: 0.05 });
    const lines = renderTrace(story, 'temporal', { ...plain, turns: false });
    expect(lines).toContainEqual(
      'total  3 calls, 3,000 in, 600 out, 27,000 cache read, 150 cache write, cost unknown (of which $0.0500 are known)',
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}model {2}house-model {2}1 call, .*, cost unknown$/));
  });

  it('shows each turn when asked: who, which model, what it cost, what was said and done', () => {
    const lines = renderTrace(tellMission([shipped(AGENT)]), 'archive', { ...plain, turns: true });
    expect(lines[0]).toBe('H-1  Item H-1  parcels  (from the archive)');
    expect(lines).toContain(
      '    coder  small-model  1,000 in, 200 out, 9,000 cache read, 50 cache write, $0.0200  "I look."  2.0s',
    );
    expect(lines).toContain('    tools  edited src/one.ts  1 refused  2.0s');
    expect(lines).toContain('    openSession  one: brief the coder  2.0s');
    const short = renderTrace(tellMission([shipped(AGENT)]), 'archive', { ...plain, turns: false });
    expect(short.some((line) => line.includes('edited src/one.ts'))).toBe(false);
    expect(short).toContainEqual(expect.stringContaining('gate tests  pass'));
  });

  it('names what nobody remembers any more', () => {
    const story = tellMission([{ ...shipped(), forgotten: [{ workflowId: 'task/H-1/two', runId: 'r2' }] }]);
    expect(renderTrace(story, 'temporal', { ...plain, turns: false })).toContain(
      'forgotten  task/H-1/two run r2: not in this trace',
    );
  });

  it('obeys no control character of a text from outside', () => {
    const hostile = {
      ...call('small-model', 0),
      result: { ...(call('small-model', 0).result as object), said: '\x1b[2J\nx' },
    };
    const lines = renderTrace(tellMission([shipped([hostile])]), 'temporal', { ...plain, turns: true });
    expect(lines.join('')).not.toMatch(/\x1b/);
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  });
});

describe('two missions side by side', () => {
  it('are equal in what they share, and differ in cost, turns and models', () => {
    const rows = compareStories(
      tellMission([shipped()]),
      tellMission([shipped([...AGENT, call('house-model', null)])]),
    );
    const row = (what: string) => rows.find((one) => one.what === what);
    expect(row('outcome')).toMatchObject({ values: ['shipped', 'shipped'], differs: false });
    expect(row('tasks')).toMatchObject({ differs: false });
    expect(row('cost')).toEqual({ what: 'cost', values: ['$0.0000', 'cost unknown'], differs: true });
    expect(row('tokens')?.values).toEqual(['0', '30,750']);
    expect(row('task one')?.values).toEqual(['passed, 1 iteration', 'passed, 1 iteration, 3 turns']);
    expect(row('model small-model')?.values).toEqual(['none', '2 calls, 20,500 tokens, $0.0500']);
    expect(row('role coder')?.differs).toBe(true);
  });
});
