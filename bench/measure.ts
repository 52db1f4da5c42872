// How everything here is measured: in turns, because the machine's other work comes and goes.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (low === undefined || high === undefined) throw new Error('expected at least one measurement');
  return (low + high) / 2;
}

export interface InTurns<Sample> {
  readonly repetitions: number;
  /** Of each side, thrown away: caches fill and code is compiled. */
  readonly warmUps: number;
  readonly ours: (n: number) => Promise<Sample>;
  readonly baseline: (n: number) => Promise<Sample>;
}

/** Alternates who goes first, so that neither side always meets what the other left behind. */
export async function inTurns<Sample>({ repetitions, warmUps, ours, baseline }: InTurns<Sample>) {
  const samples: { ours: Sample[]; baseline: Sample[] } = { ours: [], baseline: [] };
  for (let n = -warmUps; n < repetitions; n++) {
    const order = n % 2 === 0 ? (['ours', 'baseline'] as const) : (['baseline', 'ours'] as const);
    for (const side of order) {
      const sample = await (side === 'ours' ? ours(n + warmUps) : baseline(n + warmUps));
      if (n >= 0) samples[side].push(sample);
    }
  }
  return samples;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Runs the jobs, so many at a time; returns the milliseconds that all of them took. */
export function burst(jobs: readonly (() => Promise<unknown>)[], together: number): Promise<number> {
  const queue = [...jobs];
  const hand = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) await job();
  };
  return timed(() => Promise.all(Array.from({ length: together }, hand)));
}
