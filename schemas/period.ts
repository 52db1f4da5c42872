import type { Period } from './scope.js';

// When a budget begins anew, in UTC. Pure and without zod: it also runs in the workflow sandbox.

const DAY_MS = 86_400_000;

/** The first moment of the next period, in milliseconds. Weeks begin on Mondays. */
export function periodEnd(period: Period, now: number): number {
  const at = new Date(now);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  if (period === 'month') return Date.UTC(year, month + 1, 1);
  const today = Date.UTC(year, month, day);
  if (period === 'day') return today + DAY_MS;
  const sinceMonday = (at.getUTCDay() + 6) % 7;
  return today + (7 - sinceMonday) * DAY_MS;
}
