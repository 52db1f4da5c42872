import { z } from 'zod';

// Who is on call: rotations as people write them, in the time of their own clocks. Pure.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const LocalTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, 'expected a local time such as 2026-11-02T09:00')
  .refine((text) => !Number.isNaN(Date.parse(`${text}Z`)), 'there is no such time');
const Key = z.string().min(1).max(61);

const TimeZone = z.string().refine((zone) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}, 'expected a time zone such as Europe/Berlin');

export const Rotation = z.strictObject({
  timezone: TimeZone.default('UTC'),
  start: LocalTime.describe('When the first member begins; nobody is on call before'),
  every: z
    .string()
    .regex(/^[1-9]\d{0,2}[hdw]$/, 'expected a length such as 12h, 1d or 1w')
    .describe('Days and weeks by the clock on the wall, hours by the time that passes'),
  until: LocalTime.optional().describe('Nobody is on call from then on'),
  members: z.array(Key).min(1).describe('Keys of persons, in turn'),
  overrides: z
    .array(z.strictObject({ from: LocalTime, to: LocalTime, person: Key.nullable().describe('Null: nobody, a gap') }))
    .default([])
    .describe('The last one that covers a moment decides'),
});
export type Rotation = Readonly<z.infer<typeof Rotation>>;

/** The file that `onCall.file` names. */
export const OnCallFile = z.strictObject({ rotations: z.record(z.string().min(1).max(61), Rotation) });
export type OnCallFile = Readonly<z.infer<typeof OnCallFile>>;

/** `onCall` in signalbox.config.yaml: a rotation is looked up in the file first, then at the providers. */
export const OnCallSection = z.strictObject({
  file: z.string().min(1).optional(),
  pagerduty: z
    .strictObject({
      apiUrl: z.url().default('https://api.pagerduty.com'),
      rotations: z.record(z.string(), z.string()).describe('Rotation -> id of the schedule'),
    })
    .optional(),
  opsgenie: z
    .strictObject({
      apiUrl: z.url().default('https://api.opsgenie.com'),
      rotations: z.record(z.string(), z.string()).describe('Rotation -> name of the schedule'),
    })
    .optional(),
});
export type OnCallSection = Readonly<z.infer<typeof OnCallSection>>;

/** The key of whoever is on call at that moment; undefined in a gap. */
export function onCallAt(rotation: Rotation, at: Date): string | undefined {
  const instant = (local: string) => instantOf(Date.parse(`${local}Z`), rotation.timezone);
  const now = at.getTime();
  const covers = ({ from, to }: Rotation['overrides'][number]) => instant(from) <= now && now < instant(to);
  const override = rotation.overrides.findLast(covers);
  if (override) return override.person ?? undefined;
  if (now < instant(rotation.start)) return undefined;
  if (rotation.until !== undefined && now >= instant(rotation.until)) return undefined;
  return rotation.members[shiftAt(rotation, now) % rotation.members.length];
}

/** Number of the shift, from 0. */
function shiftAt({ every, start, timezone }: Rotation, now: number): number {
  const length = Number.parseInt(every, 10);
  const wall = Date.parse(`${start}Z`);
  if (every.endsWith('h')) return Math.floor((now - instantOf(wall, timezone)) / (length * HOUR_MS));
  const ms = length * (every.endsWith('w') ? 7 : 1) * DAY_MS;
  const beginsAt = (shift: number) => instantOf(wall + shift * ms, timezone);
  // A clock that was put back or forward moves the hand-over by an hour or so: the shift is the one or the next.
  let shift = Math.max(0, Math.floor((now - beginsAt(0)) / ms) - 1);
  while (beginsAt(shift + 1) <= now) shift++;
  return shift;
}

/** Of a time on the wall, in milliseconds as if it were UTC. A time that comes twice is its first; one that is skipped, the moment after. */
function instantOf(wall: number, zone: string): number {
  const before = offsetAt(wall - DAY_MS, zone);
  const after = offsetAt(wall + DAY_MS, zone);
  const real = [before, after]
    .map((offset) => wall - offset)
    .filter((instant) => wall - offsetAt(instant, zone) === instant);
  return real.length > 0 ? Math.min(...real) : wall - before;
}

/** What the clocks of a zone are ahead of UTC at an instant, milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(instant);
  const get = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
  return wall - Math.floor(instant / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** To make one takes longer than everything else here. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, ...numeric, ...time });
  formats.set(zone, format);
  return format;
}
