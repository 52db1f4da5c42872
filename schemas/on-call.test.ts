import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { onCallAt, Rotation } from './on-call.js';

const at = (text: string) => new Date(text);

describe('a rotation', () => {
  it('gives its members their turns, and nobody one before it starts or after it ends', () => {
    const rotation = Rotation.parse({
      ...{ start: '2026-11-02T09:00', every: '1w', members: ['alice', 'bob'], until: '2026-11-23T09:00' },
    });
    expect(onCallAt(rotation, at('2026-11-02T08:59:59Z'))).toBeUndefined();
    expect(onCallAt(rotation, at('2026-11-02T09:00:00Z'))).toBe('alice');
    expect(onCallAt(rotation, at('2026-11-09T08:59:59Z'))).toBe('alice');
    expect(onCallAt(rotation, at('2026-11-09T09:00:00Z'))).toBe('bob');
    expect(onCallAt(rotation, at('2026-11-16T09:00:00Z'))).toBe('alice');
    expect(onCallAt(rotation, at('2026-11-23T09:00:00Z'))).toBeUndefined();
  });

  it('hands over by the clock on the wall, also when clocks were put forward', () => {
    const rotation = Rotation.parse({
      ...{ timezone: 'Europe/Berlin', start: '2026-03-23T09:00', every: '1d', members: ['alice', 'bob'] },
    });
    // Winter: 09:00 is 08:00 UTC. From 29 March on it is 07:00 UTC.
    expect(onCallAt(rotation, at('2026-03-28T07:59:59Z'))).toBe('alice');
    expect(onCallAt(rotation, at('2026-03-28T08:00:00Z'))).toBe('bob');
    expect(onCallAt(rotation, at('2026-03-29T06:59:59Z'))).toBe('bob');
    expect(onCallAt(rotation, at('2026-03-29T07:00:00Z'))).toBe('alice');
  });

  it('hands over once in the night in which an hour comes twice, and in the one in which it is skipped', () => {
    const members = ['alice', 'bob'];
    const twice = Rotation.parse({ timezone: 'Europe/Berlin', start: '2026-10-24T02:30', every: '1d', members });
    // 02:30 summer time on 25 October is 00:30 UTC; an hour later it is 02:30 again.
    expect(onCallAt(twice, at('2026-10-25T00:29:59Z'))).toBe('alice');
    expect(onCallAt(twice, at('2026-10-25T00:30:00Z'))).toBe('bob');
    expect(onCallAt(twice, at('2026-10-25T01:15:00Z'))).toBe('bob');
    expect(onCallAt(twice, at('2026-10-26T01:30:00Z'))).toBe('alice');
    const skipped = Rotation.parse({ timezone: 'Europe/Berlin', start: '2026-03-28T02:30', every: '1d', members });
    // There is no 02:30 on 29 March: the hand-over is when it would have been.
    expect(onCallAt(skipped, at('2026-03-29T01:29:59Z'))).toBe('alice');
    expect(onCallAt(skipped, at('2026-03-29T01:30:00Z'))).toBe('bob');
    expect(onCallAt(skipped, at('2026-03-30T00:30:00Z'))).toBe('alice');
  });

  it('counts hours as they pass', () => {
    const rotation = Rotation.parse({
      ...{ timezone: 'Europe/Berlin', start: '2026-10-24T12:00', every: '12h', members: ['day', 'night'] },
    });
    expect(onCallAt(rotation, at('2026-10-24T22:00:00Z'))).toBe('night');
    // The night has 13 hours by the wall; the shift has 12.
    expect(onCallAt(rotation, at('2026-10-25T10:00:00Z'))).toBe('day');
  });

  it('follows its overrides, gaps among them; the last one decides', () => {
    const rotation = Rotation.parse({
      ...{ start: '2026-11-02T00:00', every: '1w', members: ['alice'] },
      overrides: [
        { from: '2026-11-03T00:00', to: '2026-11-05T00:00', person: 'carol' },
        { from: '2026-11-04T00:00', to: '2026-11-04T12:00', person: null },
      ],
    });
    expect(onCallAt(rotation, at('2026-11-03T12:00:00Z'))).toBe('carol');
    expect(onCallAt(rotation, at('2026-11-04T06:00:00Z'))).toBeUndefined();
    expect(onCallAt(rotation, at('2026-11-04T12:00:00Z'))).toBe('carol');
    expect(onCallAt(rotation, at('2026-11-05T00:00:00Z'))).toBe('alice');
  });

  it('has exactly one member on call at every moment, and no shift is an hour too long or too short', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
    const start = Date.UTC(2026, 0, 1);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 700 }),
        (timezone, days, hour, day) => {
          const members = Array.from({ length: 1000 }, (_none, n) => String(n));
          const begins = `2026-01-01T${String(hour).padStart(2, '0')}:30`;
          const rotation = Rotation.parse({ timezone, start: begins, every: `${days}d`, members });
          const moment = start + day * 86_400_000;
          const now = Number(onCallAt(rotation, new Date(moment)) ?? -1);
          const later = Number(onCallAt(rotation, new Date(moment + days * 86_400_000)) ?? -1);
          if (now < 0) return day <= 1;
          // By the wall each shift is as long as the other; by the second, an hour or two apart.
          return later - now >= 0 && later - now <= 2 && Math.abs(now * days - day) <= days + 1;
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });

  it.each([
    [{ timezone: 'Mars/Base' }, 'time zone'],
    [{ start: '2026-13-01T09:00' }, 'no such time'],
    [{ every: '1y' }, 'length'],
    [{ members: [] }, 'Too small'],
  ])('is refused with %j', (change, because) => {
    const good = { start: '2026-11-02T09:00', every: '1w', members: ['alice'] };
    const { error } = Rotation.safeParse({ ...good, ...change });
    expect(JSON.stringify(error?.issues)).toContain(because);
  });
});
