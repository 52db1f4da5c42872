import { describe, expect, it } from '@jest/globals';
import { Proof } from '../schemas/proof.js';
import type { Verdict } from '../schemas/verdict.js';
import type { WorkItem } from '../schemas/work-item.js';
import type { Ground } from './mission-data.js';
import { buildProof } from './mission-proof.js';
import { MissionState } from './mission-state.js';

const item: WorkItem = {
  key: 'A-1',
  source: { kind: 'cli', id: 'A-1' },
  title: 't',
  problem: 'p',
  expected: 'e',
  acceptance: ['a'],
  repo: 'r',
  type: 'bug',
  severity: 'normal',
  risk: 'low',
  routedBecause: 'r',
};
const ref = { sha256: 'a'.repeat(64), bytes: 1, mediaType: 'text/plain' };
const change = { repo: 'r', branch: 'b', baseBranch: 'main', baseCommit: 'c0', head: 'c1', tree: 't1' };
const target = 'test/a.test.ts::works';

const verdict = (tree: string, outcome: Verdict['outcome'], failing: string[] = []): Verdict => ({
  gate: 'unit',
  tree,
  outcome,
  reason: 'r',
  exitCode: 0,
  counts: { passed: 1, failed: failing.length, skipped: 0 },
  failing,
  durationMs: 1,
  cached: false,
});

function missionWith(head: readonly Verdict[]): MissionState {
  const state = new MissionState(item);
  const gates = [{ name: 'unit', module: 'm', in: '.', command: 'c', timeout: '1m' }];
  const base = { blueprintRef: ref, blueprint: { gates } } as unknown as Ground['base'];
  state.data.ground = { base, surveys: [], baseline: { unit: verdict('t0', 'fail', [target]) } };
  const task = {
    id: 'a',
    kind: 'change',
    title: 'a',
    goal: 'a',
    acceptance: ['a'],
    needs: [],
    touches: ['a.ts'],
    gates: ['unit'],
    module: 'm',
    targets: [target],
  } as const;
  const tasks = [{ ...task, acceptance: ['a'], needs: [], touches: ['a.ts'], gates: ['unit'], targets: [target] }];
  state.adopt({ version: 1, goal: 'g', because: 'b', assumptions: [], risks: [], tasks }, 'h');
  state.data.head = head;
  return state;
}

describe('the proof of a change', () => {
  it('says that the tests failed before and pass after, when every gate passed on this very head', () => {
    const proof = buildProof(missionWith([verdict('t1', 'pass', ['known'])]), change);
    expect(Proof.parse(proof)).toEqual(proof);
    expect(proof).toMatchObject({
      failingBefore: [target],
      passingAfter: [target],
      knownFailures: ['known'],
      base: [{ tree: 't0', outcome: 'fail' }],
      head: [{ tree: 't1', outcome: 'pass' }],
    });
  });

  it.each([
    ['there is no verdict', []],
    ['the verdict is of another tree', [verdict('t9', 'pass')]],
    ['one gate is unknown', [verdict('t1', 'pass'), verdict('t1', 'unknown')]],
    ['one gate fails', [verdict('t1', 'pass'), verdict('t1', 'fail')]],
  ])('does not say so when %s', (_, head) => {
    expect(buildProof(missionWith(head), change).passingAfter).toEqual([]);
  });

  it('does not exist without a plan, or before the base was read', () => {
    expect(() => buildProof(new MissionState(item), change)).toThrow('the base has not been read yet');
  });

  it('does not say so when the gate has no report, and then a person has to look', () => {
    const { counts: _counts, ...bare } = verdict('t1', 'pass');
    const state = missionWith([bare]);
    state.data.change = change;
    expect(buildProof(state, change).passingAfter).toEqual([]);
    expect(state.unproven()).toEqual([target]);
    expect(state.risk()).toBe('medium');
  });
});
