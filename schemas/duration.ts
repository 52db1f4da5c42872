const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Milliseconds of a blueprint duration such as `90s`, `10m` or `1h`. */
export function durationMs(duration: string): number {
  return Number.parseInt(duration, 10) * SECONDS[duration.slice(-1) as keyof typeof SECONDS] * 1000;
}
