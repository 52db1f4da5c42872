import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Signal } from '../schemas/signal.js';
import { TriageState } from './triage-state.js';

const hash = (n: number) => n.toString(16).padStart(64, '0');

function signal(n: number, change: Partial<Signal> = {}): Signal {
  return {
    specversion: '1.0',
    id: `delivery-${n}`,
    source: 'linear',
    type: 'ticket.labelled',
    subject: 'PAR-1',
    time: '2026-01-02T03:04:05Z',
    datacontenttype: 'application/json',
    bodyhash: hash(n),
    data: {},
    ...change,
  };
}

function running(): TriageState {
  const state = new TriageState('linear/PAR-1');
  state.receive(signal(1));
  state.take();
  state.startMission('PAR-1');
  return state;
}

describe('a triage', () => {
  it('takes a first signal as work', () => {
    const state = new TriageState('linear/PAR-1');
    expect(state.hasWork()).toBe(false);
    state.receive(signal(1));
    expect(state.hasWork()).toBe(true);
    expect(state.take()).toEqual(signal(1));
    expect(state.hasWork()).toBe(false);
  });

  it('folds a redelivery, known by its delivery id or by the hash of its body', () => {
    const state = running();
    state.enter('done', 'shipped');
    state.receive(signal(1));
    state.receive(signal(1, { bodyhash: hash(7) }));
    state.receive(signal(7, { bodyhash: hash(1) }));
    expect(state.hasWork()).toBe(false);
    expect(state.status().folded).toBe(3);
  });

  it('folds a relabel while the mission runs', () => {
    const state = running();
    state.receive(signal(2));
    expect(state.hasWork()).toBe(false);
    expect(state.status()).toMatchObject({ stage: 'running', folded: 1, item: 'PAR-1' });
  });

  it.each(['done', 'ignored'] as const)('starts again with a relabel after it is %s', (stage) => {
    const state = running();
    state.enter(stage, 'over');
    state.receive(signal(2));
    expect(state.take()).toEqual(signal(2));
    expect(state.startMission('PAR-1')).toBe(2);
  });

  it('does not start again with a comment', () => {
    const state = running();
    state.enter('done', 'shipped');
    state.receive(signal(2, { type: 'ticket.commented' }));
    expect(state.hasWork()).toBe(false);
  });

  it('folds what came while the item was assessed into the mission', () => {
    const state = new TriageState('linear/PAR-1');
    state.receive(signal(1));
    state.take();
    state.receive(signal(2));
    state.startMission('PAR-1');
    expect(state.hasWork()).toBe(false);
    expect(state.status().folded).toBe(1);
  });

  it('keeps the first of the signals that wait: a prompt sent again under its id starts nothing', () => {
    const state = new TriageState('api/x');
    const first = signal(1, { type: 'prompt.submitted', data: { text: 'one' } });
    state.receive(first);
    state.receive(signal(2, { type: 'prompt.submitted', data: { text: 'two' } }));
    expect(state.take()).toEqual(first);
    expect(state.hasWork()).toBe(false);
    expect(state.status().folded).toBe(1);
  });
});

describe('a triage that asks', () => {
  function asking(): TriageState {
    const state = new TriageState('linear/PAR-1');
    state.receive(signal(1));
    state.take();
    state.enter('assessing', 'reading the item');
    state.asked(['expected: What should happen instead?']);
    return state;
  }

  it('says what it waits for', () => {
    expect(asking().status()).toMatchObject({
      stage: 'asking',
      missing: ['expected: What should happen instead?'],
      waitingOn: { who: 'the reporter', what: 'expected: What should happen instead?' },
    });
    expect(asking().answered()).toBe(false);
  });

  it.each([
    ['a comment', (state: TriageState) => state.receive(signal(2, { type: 'ticket.commented' }))],
    ['a relabel', (state: TriageState) => state.receive(signal(2))],
    ['an answer at the CLI', (state: TriageState) => state.answer('5 items on a page')],
  ])('goes on with %s', (_, act) => {
    const state = asking();
    act(state);
    expect(state.answered()).toBe(true);
    expect(state.hasWork()).toBe(false);
  });

  it('does not go on with a redelivery', () => {
    const state = asking();
    state.receive(signal(1));
    expect(state.answered()).toBe(false);
  });

  it('does not miss an answer that comes while it reads the one before', () => {
    const state = asking();
    state.receive(signal(2, { type: 'ticket.commented' }));
    state.enter('assessing', 'reading the answer');
    state.receive(signal(3, { type: 'ticket.commented' }));
    state.asked(['acceptance: How?']);
    expect(state.answered()).toBe(true);
    state.enter('assessing', 'reading the answer');
    state.asked(['acceptance: How?']);
    expect(state.answered()).toBe(false);
  });

  it('keeps answers over a continue-as-new', () => {
    const state = asking();
    state.answer('5 items on a page');
    const next = new TriageState('linear/PAR-1', JSON.parse(JSON.stringify(state.data)));
    expect(next.answers()).toEqual(['5 items on a page']);
    expect(next.answered()).toBe(true);
    expect(next.status()).toEqual(state.status());
  });
});

describe('the memory of a triage', () => {
  it('is bounded, however much arrives in whatever stage', () => {
    for (const stage of ['assessing', 'asking', 'running', 'done', 'ignored'] as const) {
      const state = new TriageState('linear/PAR-1');
      state.enter(stage, 'now');
      for (let n = 0; n < 2000; n++) {
        state.receive(signal(n, { data: { text: 'x'.repeat(1000) } }));
        if (n % 4 === 0) state.answer('y'.repeat(100_000));
      }
      expect(state.data.queue.length).toBeLessThanOrEqual(1);
      expect(JSON.stringify(state.data).length).toBeLessThan(600_000);
    }
  });

  it('holds the latest deliveries, so that each is folded when it comes again soon', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 0, max: 200 }), (count, back) => {
        const state = running();
        for (let n = 10; n < 10 + count; n++) state.receive(signal(n));
        state.enter('done', 'over');
        state.receive(signal(Math.max(10, 9 + count - back)));
        expect(state.hasWork()).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});
