import { describe, expect, it } from '@jest/globals';
import type { Plan, PlanTask } from '../schemas/plan.js';
import type { Turn } from '../schemas/turn.js';
import type { WorkItem } from '../schemas/work-item.js';
import { MissionState } from './mission-state.js';
import { statusOf } from './mission-status.js';

const item: WorkItem = {
  key: 'PAR-1',
  source: { kind: 'linear', id: 'x' },
  title: 'Pages start late',
  problem: 'p',
  expected: 'e',
  acceptance: ['a'],
  repo: 'parcels',
  type: 'bug',
  severity: 'normal',
  risk: 'low',
  routedBecause: 'r',
};

function task(id: string, needs: readonly string[] = [], targets: readonly string[] = []): PlanTask {
  return {
    id,
    kind: 'change',
    title: id,
    goal: id,
    acceptance: ['done'],
    needs: [...needs],
    touches: [`src/${id}.ts`],
    gates: [],
    module: 'service',
    targets: [...targets],
  };
}

const plan = (version: number, ...tasks: PlanTask[]): Plan => ({
  version,
  goal: 'g',
  because: 'b',
  assumptions: [],
  risks: [],
  tasks,
});

const turn = (tried: number): Turn => ({
  n: 1,
  rung: 'repair',
  plan: 'p',
  act: { summary: 's', tried },
  critique: { decision: 'done', because: 'b', verdicts: [], findings: [] },
});

function planned(): MissionState {
  const state = new MissionState(item);
  state.adopt(plan(1, task('a'), task('b'), task('end', ['a', 'b'])), 'hash-1');
  return state;
}

describe('a plan that is adopted', () => {
  it('has every task waiting, in its order', () => {
    const state = planned();
    expect(state.states()).toEqual({ a: 'waiting', b: 'waiting', end: 'waiting' });
    expect(state.nodes().map(({ task: { id } }) => id)).toEqual(['a', 'b', 'end']);
  });

  it('keeps what earlier tasks have done, under their new definition', () => {
    const state = planned();
    state.start('a');
    state.finish('a', { state: 'passed', because: 'mended', commit: 'c1', tree: 't1', turns: [turn(7)] });
    state.start('b');
    state.adopt(plan(2, task('a'), task('b', [], ['x']), task('end', ['a', 'b'])), 'hash-2');
    expect(state.record('a')).toMatchObject({ state: 'passed', commit: 'c1', tree: 't1', tried: 7, detail: 'mended' });
    expect(state.record('b')).toMatchObject({ state: 'running', task: { targets: ['x'] } });
    expect(state.data).toMatchObject({ planHash: 'hash-2', plans: [{ version: 1 }, { version: 2 }] });
  });

  it('marks tasks that it dropped, and they no longer count', () => {
    const state = planned();
    state.finish('b', { state: 'failed', because: 'no', confidence: 'low' });
    state.adopt(plan(2, task('a'), task('b-1'), task('b-2', ['b-1']), task('end', ['a', 'b-2'])), 'hash-2');
    expect(state.states()).toEqual({ a: 'waiting', 'b-1': 'waiting', 'b-2': 'waiting', end: 'waiting', b: 'replaced' });
    expect(state.nodes().map(({ task: { id } }) => id)).toEqual(['a', 'b-1', 'b-2', 'end']);
    expect(state.reports().map(({ node }) => node)).not.toContain('b');
    expect(state.confidence()).toBe('high');
    expect(statusOf(state).tasks).toHaveLength(5);
  });
});

describe('the state of a mission', () => {
  it('is the same after it went through JSON, as continue-as-new carries it', () => {
    const state = planned();
    state.enter('running', { who: 'the search', what: 'b' });
    state.data.notes.push('mind the pages');
    state.start('a');
    state.finish('a', { state: 'passed', because: 'mended', turns: [turn(3), turn(4)], question: 'which?' });
    state.finish('b', { state: 'cannot-do', because: 'exhausted', commit: 'c2', tree: 't2', confidence: 'low' });
    const data = JSON.parse(JSON.stringify(state.data));
    const next = new MissionState(item, data);
    expect(next.data).toEqual(state.data);
    expect(statusOf(next)).toEqual(statusOf(state));
    expect(next.reports()).toEqual(state.reports());
    expect(next.states()).toEqual(state.states());
    expect([next.risk(), next.confidence(), next.spend().candidates]).toEqual(['medium', 'low', 7]);
  });

  it('is as risky as the riskiest of the item, the findings and the doubt of the search', () => {
    const finding = { id: '0'.repeat(16), rule: 'size', severity: 'person', path: '.', message: 'm' } as const;
    const state = planned();
    expect(state.risk()).toBe('low');
    state.finish('a', { state: 'passed', because: 'b', confidence: 'low' });
    expect(state.risk()).toBe('medium');
    state.data.findings = [{ ...finding, risk: 'high' }];
    expect(state.risk()).toBe('high');
    expect(new MissionState({ ...item, risk: 'high' }).risk()).toBe('high');
  });

  it('asks of a head the targets of all tasks, by module', () => {
    const tasks = [task('a', [], ['x', 'y']), task('b', [], ['z']), { ...task('c', [], ['w']), module: 'rates' }];
    expect(MissionState.targets(tasks)).toEqual({ service: ['x', 'y', 'z'], rates: ['w'] });
  });

  it('refuses to answer for a task that is in no plan', () => {
    expect(() => planned().record('nobody')).toThrow('no task nobody in the plan');
    expect(() => new MissionState(item).ground()).toThrow('the base has not been read yet');
  });

  it('ends with its outcome, which status shows', () => {
    const state = planned();
    state.enter('merging');
    const outcome = state.end('shipped', 'all gates pass', 'abc');
    expect(outcome).toMatchObject({ result: 'shipped', mergeCommit: 'abc', planVersions: 1, repo: 'parcels' });
    expect(outcome.stages.map(({ stage }) => stage)).toEqual(['reading', 'merging']);
    expect(statusOf(state).outcome).toEqual(outcome);
  });
});
