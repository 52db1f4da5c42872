import { describe, expect, it } from '@jest/globals';
import { type RunningWorkflow, type StallLimits, stallOf } from './stall.js';

const MINUTE = 60_000;
const NOW = 1_800_000_000_000;
const LIMITS: StallLimits = { noWorkerMs: 5 * MINUTE, retries: 8, quietMs: 30 * MINUTE };
const ago = (minutes: number) => NOW - minutes * MINUTE;

const step = { id: '7', name: 'runTools', attempt: 1, scheduledAt: ago(300) };

const workflow = (change: Partial<RunningWorkflow>): RunningWorkflow => ({
  ...{ workflowId: 'task/ENG-1/one', runId: 'r', type: 'task', mission: 'ENG-1' },
  ...{ steps: [], children: 0, lastEventAt: ago(300), waits: false },
  ...change,
});
const kindOf = (change: Partial<RunningWorkflow>) => stallOf(workflow(change), LIMITS, NOW)?.kind;

describe('a stall', () => {
  it.each<[string, Partial<RunningWorkflow>, string]>([
    ['a step that nobody takes', { steps: [step] }, 'no-worker'],
    ['code that nobody runs', { task: { attempt: 1, scheduledAt: ago(6) } }, 'no-worker'],
    [
      'a step that fails again and again',
      { steps: [{ ...step, attempt: 9, lastFailure: 'Linear answers 500' }] },
      'retrying',
    ],
    [
      'a step that has failed often and is tried at this moment',
      { steps: [{ ...step, attempt: 9, startedAt: ago(0), lastFailure: 'Linear answers 500' }] },
      'retrying',
    ],
    ['code that fails', { task: { attempt: 6, scheduledAt: ago(2) } }, 'failing'],
    ['nothing under way, nothing waited for', {}, 'quiet'],
  ])('%s', (_what, change, kind) => {
    expect(kindOf(change)).toBe(kind);
  });

  it('has the same name as long as it lasts, also when the step is tried meanwhile', () => {
    const failing = { ...step, attempt: 9, lastFailure: 'Linear answers 500' };
    const key = (at: typeof failing, now: number) => stallOf(workflow({ steps: [at] }), LIMITS, now)?.key;
    expect(key(failing, NOW)).toBe('stall/retrying/task/ENG-1/one/r/7');
    expect(key({ ...failing, attempt: 20, scheduledAt: NOW }, NOW + MINUTE)).toBe(key(failing, NOW));
  });
});

describe('no stall', () => {
  it.each<[string, Partial<RunningWorkflow>]>([
    ['a step that has run for five hours', { steps: [{ ...step, startedAt: ago(299) }] }],
    ['a step that waits for a place while another one is at work', { steps: [step, { ...step, startedAt: ago(1) }] }],
    ['a step that was just scheduled', { steps: [{ ...step, scheduledAt: ago(1) }] }],
    ['a step that has failed a few times', { steps: [{ ...step, scheduledAt: ago(3), attempt: 3, lastFailure: 'x' }] }],
    ['children at work', { children: 1 }],
    ['a question to a person', { waits: true }],
    ['something that happened a moment ago', { lastEventAt: ago(1) }],
    ['code that was taken after a crash at the third try', { task: { attempt: 3, scheduledAt: ago(1) } }],
  ])('%s', (_what, change) => {
    expect(kindOf(change)).toBe(undefined);
  });
});
