import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PlanTask } from '../schemas/plan.js';
import type { RepairProgress } from '../schemas/repair.js';
import type { MissionStatus, TaskView } from '../workflows/messages.js';
import { type Frame, renderChanges, renderMission } from './render.js';
import { cut, duration } from './text.js';

const START = Date.parse('2026-01-05T10:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

function view(id: string, needs: string[], rest: Partial<TaskView> = {}): TaskView {
  const kind = id === 'integrate' ? 'integrate' : 'change';
  const base = { goal: 'g', acceptance: ['a'], touches: ['src/**'], gates: ['unit'], targets: [] };
  const task: PlanTask = { ...base, id, kind, title: `Title of ${id}`, needs };
  return { task, state: 'waiting', detail: '', tried: 0, gates: {}, ...rest };
}

function mission(rest: Partial<MissionStatus> = {}): MissionStatus {
  const head = {
    item: 'ENG-101',
    title: 'The total is wrong',
    repo: 'shop',
    stage: 'run',
    since: at(5),
    startedAt: at(0),
  };
  const tasks = [
    view('integrate', ['cart', 'tax']),
    view('cart', [], { state: 'passed', startedAt: at(6), endedAt: at(18), tried: 41, gates: { unit: 'pass' } }),
    view('tax', [], { state: 'running', startedAt: at(6), detail: 'searching' }),
    view('checkout', ['integrate']),
  ];
  return { ...head, paused: false, planVersion: 2, tasks, notes: [], ...rest };
}

const SEARCH: RepairProgress = { index: 17, tried: 17, total: 240, line: 'src/tax.js:12' };

function frame(status: MissionStatus, progress: [string, RepairProgress][] = []): Frame {
  const running = new Map(progress.map(([node, found]) => [node, { progress: found }]));
  return { status, running, now: START + 65_000 };
}

const WIDE = { columns: 400, rows: 100, color: false };

describe('the picture of a mission', () => {
  it('shows the head, then each task below what it needs, with time, candidates, place and gates', () => {
    expect(renderMission(frame(mission(), [['tax', SEARCH]]), WIDE)).toEqual([
      'ENG-101  The total is wrong  shop',
      'stage    run for 1m00s, plan 2, 1m05s in all',
      '',
      '  ✔ cart          Title of cart  12s · tried 41 · unit: pass',
      '  ▶ tax           Title of tax  59s · tried 17 of 240 · at src/tax.js:12 · searching',
      '    · integrate   Title of integrate  ← cart, tax',
      '      · checkout  Title of checkout  ← integrate',
    ]);
  });

  it('says who is waited for, and that the mission is paused', () => {
    const waitingOn = { who: 'alice', what: 'approval ENG-101/1', since: at(35) };
    const [, stage, waiting] = renderMission(frame(mission({ waitingOn, paused: true })), WIDE);
    expect(stage).toContain('run (paused) for');
    expect(waiting).toBe('waiting  on alice for 30s: approval ENG-101/1');
  });

  it('ends with the result, why, and what it cost', () => {
    const spend = { usd: null, candidates: 58, iterations: 2, activeMs: 21_000 };
    const stages = [{ stage: 'run', startedAt: at(5), ms: 25_000 }];
    const outcome = { item: 'ENG-101', repo: 'shop', because: 'every gate passes', planVersions: 2, spend, stages };
    const merged = { ...outcome, result: 'shipped', mergeCommit: 'a'.repeat(40) } as const;
    const lines = renderMission(frame(mission({ outcome: merged, stage: 'done' })), WIDE);
    expect(lines[1]).toContain('30s in all');
    expect(lines.slice(-3)).toEqual([
      'shipped  every gate passes',
      `merged   ${'a'.repeat(40)}`,
      'spent    58 candidates, 2 iterations, 21s of work, cost unknown',
    ]);
  });

  it('shows what is spent, what an agent asks and how to answer, and the last turn of each agent at work', () => {
    const usage = { input: 120_000, output: 3_000, cacheRead: 0, cacheWrite: 0 };
    const spent = { usd: 0.32, usage, candidates: 0, iterations: 0, activeMs: 0 };
    const budget = { limit: { usd: 5, tokens: 1_000_000 }, share: 0.1, spent };
    const asked = { node: 'tax', question: 'Round up?', options: ['up', 'down'] };
    const waitingOn = { who: 'an answer', what: 'tax asks: Round up?', since: at(35) };
    const turn = { n: 4, role: 'coder', model: 'model-a', did: 'ran the tests', usd: 0.1, context: 9_000 };
    const agents = { node: 'tax', stage: '', turns: [], agentTurns: [turn], cost: { usd: 0.1, usage } };
    const working = { ...frame(mission({ budget, asked, waitingOn })), running: new Map([['tax', { agents }]]) };
    const lines = renderMission(working, WIDE);
    expect(lines.slice(2, 7)).toEqual([
      'budget   $0.42 of $5.00, 246k tokens',
      'waiting  on an answer for 30s: tax asks: Round up?',
      '  or     up',
      '  or     down',
      'answer   signalbox answer ENG-101 "…"',
    ]);
    expect(lines.join('\n')).toContain('▶ tax           Title of tax  59s · coder, turn 4: ran the tests · searching');
    const unknown = { ...budget, spent: { ...spent, usd: null } };
    expect(renderMission(frame(mission({ budget: unknown })), WIDE)[2]).toBe(
      'budget   cost unknown, limit $5.00, 123k tokens',
    );
  });

  it('never lets outside text reach the terminal as it is', () => {
    const evil = '\x1b]0;x\x07\x1b[2J\u202e';
    const tasks = [view('a', [], { state: 'failed', detail: evil, gates: { [evil]: evil } })];
    const waitingOn = { who: evil, what: evil, since: at(0) };
    const status = mission({ title: evil, repo: evil, notes: [evil], tasks, waitingOn });
    const hostile = frame(status, [['a', { ...SEARCH, line: evil }]]);
    for (const line of [...renderMission(hostile, WIDE), ...renderChanges(undefined, hostile)]) {
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
    }
  });

  it('fits into any terminal, however many tasks there are, and keeps what runs in sight', () => {
    const sizes = fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.integer({ min: 12, max: 60 }) });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 200 }), fc.boolean(), ({ columns, rows }, count, color) => {
        const done = Array.from({ length: count }, (_, n) => view(`done-${n}`, [], { state: 'passed' }));
        const tasks = [...done, view('now', done.map(({ task }) => task.id).slice(0, 3), { state: 'running' })];
        const lines = renderMission(frame(mission({ tasks })), { columns, rows, color }).map(stripVTControlCharacters);
        expect(lines.length).toBeLessThan(rows);
        expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThan(columns);
        expect(lines.some((line) => line.includes('▶'))).toBe(true);
      }),
    );
  });

  it('counts the tasks that there is no room for', () => {
    const tasks = Array.from({ length: 30 }, (_, n) => view(`t-${n}`, [], { state: n < 20 ? 'passed' : 'waiting' }));
    const lines = renderMission(frame(mission({ tasks })), { ...WIDE, rows: 14 });
    expect(lines.at(-1)).toMatch(/… and 20 passed, 2 waiting/);
  });
});

describe('the changes of a mission', () => {
  it('tell the whole at first, then only what is new', () => {
    const first = frame(mission());
    expect(renderChanges(undefined, first)).toEqual([
      'ENG-101: The total is wrong (shop)',
      'stage run',
      'plan 2: integrate (← cart, tax), cart, tax, checkout (← integrate)',
      '✔ cart passed  12s · tried 41 · unit: pass',
      '▶ tax running  59s · searching',
    ]);
    expect(renderChanges(first, frame(mission()))).toEqual([]);
    const tasks = mission().tasks.map((one) => (one.task.id === 'tax' ? { ...one, state: 'passed' as const } : one));
    const later = frame(mission({ tasks, stage: 'review', notes: ['replanned'] }));
    expect(renderChanges(first, later)).toEqual(['stage review', '✔ tax passed  59s', 'note replanned']);
  });

  it('tells a step that is tried again, once for each try and not for each second of waiting', () => {
    const failing = (trouble: string): Frame => ({ ...frame(mission()), trouble });
    const second = failing('callModel is at try 2: the provider is away, next try in 4s');
    expect(renderChanges(frame(mission()), second)).toEqual([`trouble ${second.trouble}`]);
    expect(renderChanges(second, failing('callModel is at try 2: the provider is away, next try in 3s'))).toEqual([]);
    expect(renderChanges(second, failing('callModel is at try 3: the provider is away'))).toHaveLength(1);
    expect(renderMission(second, WIDE)).toContain(`trouble  ${second.trouble}`);
    const task: Frame = { ...frame(mission()), running: new Map([['tax', { trouble: 'runTools is at try 2: lost' }]]) };
    expect(renderChanges(frame(mission()), task)).toEqual(['trouble tax: runTools is at try 2: lost']);
  });
});

describe('a line', () => {
  it('is cut by the columns it takes, and colours take none', () => {
    expect(cut('abcdef', 7)).toBe('abcdef');
    expect(cut('abcdefg', 7)).toBe('abcde…');
    expect(cut('価格価格', 8)).toBe('価格価…');
    expect(cut('\x1b[1mab\x1b[22mcdefg', 5)).toBe('\x1b[1mab\x1b[22mc…');
  });
});

describe('a duration', () => {
  it.each([
    [0, '0.0s'],
    [9_999, '9.9s'],
    [12_000, '12s'],
    [185_000, '3m05s'],
    [7_620_000, '2h07m'],
  ])('of %i ms reads as %s', (ms, text) => expect(duration(ms)).toBe(text));
});
