import { beforeEach, describe, expect, it } from '@jest/globals';
import { ModelHealth } from './model-health.js';

const unavailable = { kind: 'unavailable' } as const;

describe('the health of a provider', () => {
  let now: number;
  let health: ModelHealth;
  beforeEach(() => {
    now = 0;
    health = new ModelHealth(() => now);
  });

  const fail = (times: number) => {
    for (let n = 0; n < times; n++) {
      expect(health.begin('a')).toBeUndefined();
      health.failed('a', unavailable, 'overloaded');
    }
  };

  it('is doubted after three failures in a row, and not after two and a success', () => {
    fail(2);
    health.succeeded('a');
    fail(2);
    expect(health.begin('a')).toBeUndefined();
    health.failed('a', unavailable, 'overloaded');
    expect(health.begin('a')).toEqual({ kind: 'unavailable', because: 'overloaded', forMs: 30_000 });
    expect(health.begin('b')).toBeUndefined();
  });

  it('is tried by one call after the cool-down, whose success clears it', () => {
    fail(3);
    now = 29_999;
    expect(health.begin('a')).toMatchObject({ forMs: 1 });
    now = 30_000;
    expect(health.begin('a')).toBeUndefined();
    expect(health.begin('a')).toMatchObject({ forMs: 1_000 });
    health.succeeded('a');
    expect(health.begin('a')).toBeUndefined();
    expect(health.begin('a')).toBeUndefined();
  });

  it('is doubted again when that one call fails, and tried by another when it was given up', () => {
    fail(3);
    now = 30_000;
    expect(health.begin('a')).toBeUndefined();
    health.failed('a', unavailable, 'still overloaded');
    expect(health.begin('a')).toEqual({ kind: 'unavailable', because: 'still overloaded', forMs: 30_000 });
    now = 60_000;
    expect(health.begin('a')).toBeUndefined();
    health.gaveUp('a');
    expect(health.begin('a')).toBeUndefined();
    expect(health.begin('a')).toMatchObject({ forMs: 1_000 });
  });

  it.each([
    [{ kind: 'unauthorized' } as const, 600_000],
    [{ kind: 'quota' } as const, 600_000],
    [{ kind: 'quota', retryAfterMs: 5_000 } as const, 5_000],
  ])('is doubted at once, and for long, after %j', (trouble, forMs) => {
    health.begin('a');
    health.failed('a', trouble, 'no money');
    expect(health.begin('a')).toEqual({ kind: trouble.kind, because: 'no money', forMs });
  });

  it('waits as long as a rate limit says', () => {
    for (let n = 0; n < 3; n++) health.failed('a', { kind: 'rate-limited', retryAfterMs: 7_000 }, 'slow down');
    expect(health.begin('a')).toEqual({ kind: 'rate-limited', because: 'slow down', forMs: 7_000 });
  });

  it('is not doubted for refusing a request: it answered', () => {
    fail(2);
    health.failed('a', { kind: 'refused' }, 'bad request');
    fail(2);
    expect(health.begin('a')).toBeUndefined();
  });
});
