import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FakeModels } from '../test/fakes/models/fake-models.js';
import { CLAUDE, fakedModelCalls, GPT, type ModelCalls } from '../test/model-calls.js';
import { createPermission, unlessHalted } from './halt.js';
import type { Halts } from './ports-records.js';

const HALT = { id: 'run-1', since: '2026-11-21T12:00:00.000Z' };

const permission = (now: Halts['now']) => createPermission({ now, tell: async () => 0 });
const halted = permission(async () => HALT);

describe('the permission to act', () => {
  it('is there when nothing is halted', async () => {
    await expect(permission(async () => undefined)()).resolves.toBeUndefined();
  });

  it('is refused for good while everything is halted, with the halt that is waited for', async () => {
    await expect(halted()).rejects.toMatchObject({ type: 'Halted', nonRetryable: true, details: [HALT] });
  });

  it('is refused for now when nobody can say', async () => {
    const away = permission(async () => {
      throw new Error('deadline exceeded');
    });
    await expect(away()).rejects.toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
  });

  it('is asked before an activity begins', async () => {
    const made: string[] = [];
    const effect = async (input: string) => made.push(input);
    await expect(unlessHalted(halted, { effect }).effect('refused')).rejects.toThrow('resume-all');
    await unlessHalted(
      permission(async () => undefined),
      { effect },
    ).effect('made');
    expect(made).toEqual(['made']);
  });
});

describe('a call of a model', () => {
  let fake: FakeModels;
  let calls: ModelCalls;

  beforeEach(async () => {
    ({ fake, calls } = await fakedModelCalls());
  });
  afterEach(() => calls.close());

  it('is not made while everything is halted, not even of the next model after an outage', async () => {
    fake.script(() => ({ text: 'Hello.' }));
    fake.outage('anthropic', true);
    const opened = await calls.open([CLAUDE, GPT]);
    let asked = 0;
    calls.permit(async () => {
      if (++asked > 1) await halted();
    });
    await expect(calls.call(opened)).rejects.toMatchObject({ type: 'Halted' });
    expect(fake.requests.map(({ provider }) => provider)).toEqual(['anthropic']);
    // Nothing is held against the model that was not asked.
    calls.permit(async () => undefined);
    expect((await calls.call(opened)).model).toBe(GPT);
  });

  it('needs no permission when its answer was paid for before', async () => {
    fake.script(() => ({ text: 'Hello.' }));
    const opened = await calls.open([CLAUDE]);
    const before = await calls.call(opened);
    calls.permit(halted);
    expect(await calls.call(opened)).toEqual({ ...before, earlier: true });
  });
});
