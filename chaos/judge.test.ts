import { describe, expect, it } from '@jest/globals';
import { judge } from './judge.js';
import type { CallSeen, FaultDone, MissionSeen, Observations, StepSeen } from './observations.js';

const MISSION: MissionSeen = {
  ...{ item: 'AB1-1', kind: 'agents', accepted: 1, started: 1, open: false, result: 'shipped', because: 'merged' },
  ...{ tree: 'a', expectedTree: 'a' },
};
const CALL: CallSeen = { key: 'call', agent: 'coder', at: 1_000, deliveredAt: 2_000 };
const BATCH: StepSeen = {
  ...{ workflow: 'task/AB1-1/mean', step: 'runTools', input: 'batch', scheduledAt: 1_000, startedAt: 1_100 },
  ...{ attempts: 1, end: 'completed' },
};

function killed(at: number, n = 0): FaultDone {
  return { planned: { fault: 'worker', target: 0, n, at: 0.5, downMs: 500 }, at, backAt: at + 2_000 };
}

/** A run in which nothing went wrong. */
function seen(changed: Partial<Observations> = {}): Observations {
  return {
    ...{ missions: [MISSION], calls: [CALL], steps: [BATCH], strayFiles: [], undisturbedMs: 1 },
    ...{ faults: changed.faults ?? [], planned: changed.faults?.length ?? 0, startedAt: 0, endedAt: 10_000 },
    effects: [
      { effect: 'comment', item: 'AB1-1', key: 'started' },
      { effect: 'comment', item: 'AB1-1', key: 'shipped' },
      { effect: 'merge', item: 'AB1-1', key: 'main' },
    ],
    leftovers: { processes: [], workspaces: [], mounts: [], files: [], control: true },
    ...changed,
  };
}

const broken = (changed: Partial<Observations>) => judge(seen(changed)).broken;

describe('the oracle of chaos', () => {
  it('has nothing to say about a run in which nothing went wrong', () => {
    expect(broken({})).toEqual([]);
  });

  it.each<readonly [string, Partial<Observations>]>([
    ['1 missions did not come to an end', { missions: [{ ...MISSION, open: true, result: '' }] }],
    ['1 missions ended otherwise than undisturbed ones', { missions: [{ ...MISSION, result: 'failed' }] }],
    ['1 missions left another tree than undisturbed ones', { missions: [{ ...MISSION, tree: 'b' }] }],
    ['1 missions left another tree than undisturbed ones', { strayFiles: ['abacus-1:README.md'] }],
    ['1 answers of models were paid twice', { calls: [CALL, { ...CALL, at: 8_000, deliveredAt: 9_000 }] }],
    [
      '1 effects were made twice',
      { effects: ['x', 'x'].map((key) => ({ effect: 'comment' as const, item: 'AB1-1', key })) },
    ],
    ['1 signals were lost after a 2xx', { missions: [MISSION, { ...MISSION, started: 0, result: '' }] }],
    ['1 missions were started twice for one signal', { missions: [{ ...MISSION, started: 2 }] }],
    ['1 finished turns were repeated', { steps: [BATCH, { ...BATCH, scheduledAt: 5_000 }] }],
    ['1 processes were left behind', { leftovers: { ...seen().leftovers, processes: ['7 sh'] } }],
    ['1 workspaces were left behind', { leftovers: { ...seen().leftovers, workspaces: ['sb-1'] } }],
    ['1 mounts were left behind', { leftovers: { ...seen().leftovers, mounts: ['mnt'] } }],
    ['1 temporary files were left behind', { leftovers: { ...seen().leftovers, files: ['canary'] } }],
    ['1 leaks could not be looked for', { leftovers: { ...seen().leftovers, control: false } }],
    ['1 planned faults were not done', { planned: 1 }],
    ['no mission was looked at', { missions: [], calls: [], steps: [] }],
  ])('says: %s', (what, changed) => {
    expect(broken(changed)).toContain(what);
  });

  it('lets the one call and the one batch be made again that were under way at a kill', () => {
    const again = { ...CALL, at: 5_000, deliveredAt: 6_000 };
    const { deliveredAt: _never, ...inFlight } = CALL;
    const steps = [{ ...BATCH, attempts: 2, startedAt: 6_000 }];
    const {
      broken: told,
      counts,
      recovery,
    } = judge(seen({ faults: [killed(1_500)], calls: [inFlight, again], steps }));
    expect(told).toEqual([]);
    expect(counts).toMatchObject({ callsAskedAgain: 1, batchesRedone: 1, mostCallsPerKill: 1, mostBatchesPerKill: 1 });
    expect(recovery.worker).toEqual({ n: 1, p50Ms: 4_500, maxMs: 4_500 });
  });

  it('puts a batch down to a kill just before it: the server may hand it to a worker that is already dead', () => {
    const steps = [{ ...BATCH, attempts: 2, startedAt: 6_000 }];
    expect(broken({ faults: [killed(950)], steps })).toEqual([]);
    const without = '1 calls or tool batches were made again without a kill or a fault';
    expect(broken({ faults: [killed(0)], steps: steps.map((step) => ({ ...step, scheduledAt: 5_000 })) })).toEqual([
      without,
    ]);
  });

  it('does not put down to a kill what came long before it', () => {
    const calls = [CALL, { ...CALL, at: 8_000, deliveredAt: 9_000 }];
    expect(broken({ faults: [killed(7_000)], calls })).toEqual(['1 answers of models were paid twice']);
  });

  it('counts two calls, and two batches, that one agent made again for one kill', () => {
    const { deliveredAt: _never, ...first } = CALL;
    const calls = [first, { ...first, at: 5_000 }, { ...CALL, at: 6_000 }];
    const steps = [{ ...BATCH, attempts: 3, startedAt: 6_000 }];
    expect(broken({ faults: [killed(1_500)], calls, steps })).toEqual([
      '2 tool batches of one agent were redone for one kill, 1 may be',
      '1 calls or tool batches were made again without a kill or a fault',
    ]);
  });

  it('does not blame the run for an answer that chaos itself spoiled', () => {
    const calls: CallSeen[] = [
      { key: 'call', agent: 'coder', at: 1_000, spoil: 'cut' },
      { ...CALL, at: 3_000 },
    ];
    expect(broken({ calls })).toEqual([]);
  });

  it('takes a step that another host began for the recovery of the one that was lost', () => {
    const lost = { ...BATCH, end: 'timed-out' as const };
    const steps = [lost, { ...BATCH, scheduledAt: 9_000, startedAt: 9_500 }];
    const { recovery, broken: told } = judge(seen({ faults: [killed(2_000)], steps }));
    expect(told).toEqual([]);
    expect(recovery.worker).toMatchObject({ n: 1, p50Ms: 7_500 });
  });
});
