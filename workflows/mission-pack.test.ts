import { describe, expect, it } from '@jest/globals';
import { addCost, NO_COST } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import type { WorkItem } from '../schemas/work-item.js';
import { MissionBudget } from './mission-budget.js';
import { packMission, unpackMission } from './mission-pack.js';
import { MissionState } from './mission-state.js';
import { statusOf } from './mission-status.js';

const item = { key: 'PAR-1', title: 'Pages start late', source: { kind: 'linear', id: 'x' }, risk: 'low' } as WorkItem;

function task(id: string, goal = id): PlanTask {
  return {
    ...{ id, kind: 'change', title: id, goal, acceptance: ['done'], needs: [] },
    ...{ touches: ['**'], gates: [], targets: [] },
  };
}

const plan = (version: number, ...tasks: PlanTask[]): Plan => ({
  ...{ version, goal: 'g', because: 'b', assumptions: [], risks: [], tasks },
});

const cost = (usd: number | null): Cost => ({ usd, usage: { input: 10, output: 1, cacheRead: 0, cacheWrite: 0 } });

/** As the next run has it. */
function carried(state: MissionState): MissionState {
  return new MissionState(item, unpackMission(JSON.parse(JSON.stringify(packMission(state.data)))));
}

describe('what a mission takes along into its next run', () => {
  it('is all that its later steps need', () => {
    const state = new MissionState(item);
    state.adopt(plan(1, task('a'), task('b')), 'h1');
    state.finish('a', { state: 'passed', because: 'did it', commit: 'c', tree: 't', cost: cost(1) });
    state.finish('b', { state: 'failed', because: 'red' });
    state.adopt(plan(2, task('a'), task('c')), 'h2');
    const next = carried(state);
    expect(next.data).toEqual(state.data);
    expect(statusOf(next)).toEqual(statusOf(state));
  });

  it('may be what an earlier version of this code carried', () => {
    const state = new MissionState(item);
    state.adopt(plan(1, task('a')), 'h1');
    expect(unpackMission(state.data)).toEqual(state.data);
  });

  it('has the prompts and results of tasks that are over cut, and says so; those of the others are whole', () => {
    const long = 'x'.repeat(4_000);
    const state = new MissionState(item);
    state.adopt(plan(1, task('a', long), task('b', long)), 'h1');
    state.finish('a', { state: 'passed', because: long });
    const once = carried(state);
    const twice = carried(once);
    expect(once.record('a').task.goal).toMatch(/^x{800} … \(3200 characters more are in the archive\)$/);
    expect(once.record('a').detail.length).toBeLessThan(900);
    expect(once.plan()?.tasks[0]).toEqual(once.record('a').task);
    expect(once.record('b').task.goal).toBe(long);
    expect(twice.data).toEqual(once.data);
  });

  it('has the last notes, and counts the others', () => {
    const state = new MissionState(item);
    for (let n = 1; n <= 450; n++) state.data.notes.push(`note ${n}`);
    const next = carried(state);
    expect(next.data.notes.at(-1)).toBe('note 450');
    expect(next.data.notes).toHaveLength(200);
    next.data.notes.push('one more');
    expect(statusOf(carried(next))).toMatchObject({ notesDropped: 251 });
  });

  it('has notes of at most 50,000 characters', () => {
    const state = new MissionState(item);
    for (let n = 1; n <= 30; n++) state.data.notes.push('x'.repeat(4_000));
    expect(carried(state).data).toMatchObject({ notesDropped: 18, notes: { length: 12 } });
  });

  it('has one sum for the money of all that has ended, apart from what has no known price', () => {
    const state = new MissionState(item);
    state.data.budget = MissionBudget.of({ usd: 10, tokens: 10_000 });
    const before = state.budget();
    for (const [holder, usd] of [
      ['a', 1],
      ['b', 0.5],
      ['c', null],
    ] as const) {
      before?.grant(holder, { usd: 2, tokens: 100 });
      before?.returned(holder, cost(usd));
    }
    before?.grant('d', { usd: 1, tokens: 50 });
    before?.told('d', cost(0.25));
    const after = carried(state).budget();
    expect(Object.keys(after?.state.holders ?? {})).toEqual(['ended', 'ended, at an unknown price', 'd']);
    expect(after?.out()).toEqual(before?.out());
    expect(after?.known()).toEqual(before?.known());
    expect(after?.spent()).toEqual(before?.spent());
    expect(after?.share()).toBe(before?.share());
    expect(
      after?.request(
        { granted: { usd: 0, tokens: 0 }, asked: 0, answered: 0, share: 0 },
        { usd: 1, tokens: 1 },
        { workflow: 'w', first: 'f', run: 'r' },
      ),
    ).toMatchObject({ spent: { usd: 1.75 } });
  });

  it('has the oldest stages as one per name, with the same time and cost', () => {
    const state = new MissionState(item);
    for (let n = 0; n < 500; n++) {
      const stage = n % 2 === 0 ? 'running' : 'attached';
      state.data.stages.push({ stage, startedAt: '2026-01-01T00:00:00.000Z', ms: 10, cost: cost(0.001) });
    }
    const { stages } = carried(state).data;
    expect(stages).toHaveLength(402);
    expect(stages.reduce((sum, { ms }) => sum + ms, 0)).toBe(5_000);
    expect(stages.reduce((sum, one) => addCost(sum, one.cost ?? NO_COST), NO_COST)).toMatchObject({ usd: 0.5 });
  });
});
