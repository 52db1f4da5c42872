// How sure a share of satisfied runs is. Pure and without zod: it also runs in the workflow sandbox.

/** Coefficients of Peter Acklam's rational approximation; its relative error is below 1.15e-9. */
const CENTRE = {
  over: [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ],
  under: [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
};
const TAIL = {
  over: [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  under: [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
};
const TAIL_BELOW = 0.02425;

/** The number of standard deviations below which a normal variable lies with this probability, between 0 and 1. */
export function inverseNormal(probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`expected a probability, got ${probability}`);
  if (probability > 0.5) return -inverseNormal(1 - probability);
  if (probability < TAIL_BELOW) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(TAIL.over, q) / polynomial(TAIL.under, q);
  }
  const q = probability - 0.5;
  return (q * polynomial(CENTRE.over, q * q)) / polynomial(CENTRE.under, q * q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/**
 * Lower end of the two-sided Wilson score interval: at 0.95 the true share is above it in 97.5 of 100 cases. 0 without
 * runs. Throws `RangeError` for counts that can't be.
 */
export function wilsonLower(successes: number, n: number, confidence: number): number {
  if (!Number.isInteger(n) || !Number.isInteger(successes) || successes < 0 || successes > n) {
    throw new RangeError(`expected ${successes} of ${n} to be a count of runs`);
  }
  // Exactly, where rounding would leave a trace of something.
  if (successes === 0) return 0;
  const z = inverseNormal((1 + confidence) / 2);
  const share = successes / n;
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return Math.max(0, (share + (z * z) / (2 * n) - spread) / (1 + (z * z) / n));
}

export interface SatisfactionFigures {
  readonly satisfied: number;
  readonly runs: number;
  /** Of the Wilson interval. */
  readonly lower: number;
  /** What the lower bound must reach. */
  readonly atLeast: number;
}

export interface SatisfactionVerdict {
  readonly outcome: 'pass' | 'fail' | 'unknown';
  readonly reason: string;
}

/** No runs, and too few of them to reach the bound even when all are satisfied, are unknown: neither is a pass. */
export function satisfactionVerdict({ satisfied, runs, lower, atLeast }: SatisfactionFigures): SatisfactionVerdict {
  if (!(runs > 0)) return { outcome: 'unknown', reason: 'no hold-out scenario was run' };
  const figures = `${satisfied} of ${runs} hold-out runs are satisfied, lower bound ${lower.toFixed(2)}`;
  if (lower >= atLeast) return { outcome: 'pass', reason: `${figures}, at least ${atLeast}` };
  if (satisfied === runs) return { outcome: 'unknown', reason: `${figures}: too few runs to tell ${atLeast}` };
  return { outcome: 'fail', reason: `${figures}, below ${atLeast}` };
}
