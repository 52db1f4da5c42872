// What the benchmark measured, as JSON and as Markdown. Names the machine's kind, no host and no path.
import os from 'node:os';

export interface CaseResult {
  readonly name: string;
  readonly language: string;
  readonly operator: string;
  readonly expected: 'mend' | 'refuse';
  /** `plausible`: passes the visible tests and not the hidden ones. */
  readonly outcome: 'right' | 'plausible' | 'refused' | 'failed';
  readonly detail: string;
  readonly confidence?: 'high' | 'low';
  readonly tried: number;
  readonly seconds: number;
  readonly judged: { readonly candidates: number; readonly seconds: number };
  readonly spawnedSeconds: number;
  readonly rightAmongAlternatives: boolean;
}

export interface Totals {
  readonly cases: number;
  readonly plausible: number;
  readonly right: number;
  readonly refused: number;
  readonly wrong: number;
  readonly highConfidenceRight: string;
  readonly medianSeconds: number;
  readonly p95Seconds: number;
  readonly medianTried: number;
  readonly warmPerSecond: number;
  readonly spawnedPerSecond: number;
  readonly faster: number;
}

export function total(results: readonly CaseResult[]): Totals {
  const count = (pick: (result: CaseResult) => boolean) => results.filter(pick).length;
  const sum = (pick: (result: CaseResult) => number) => results.reduce((all, result) => all + pick(result), 0);
  const found = results.filter((result) => result.outcome === 'right' || result.outcome === 'plausible');
  const times = found.map((result) => result.seconds);
  const warm =
    sum((result) => result.judged.candidates) /
    Math.max(
      0.001,
      sum((result) => result.judged.seconds),
    );
  const spawned =
    results.filter((result) => result.spawnedSeconds > 0).length /
    Math.max(
      0.001,
      sum((result) => result.spawnedSeconds),
    );
  const high = found.filter((result) => result.confidence === 'high');
  return {
    cases: results.length,
    plausible: found.length,
    right: count((result) => result.outcome === 'right'),
    refused: count((result) => result.outcome === 'refused'),
    wrong: count((result) => result.outcome === 'plausible'),
    highConfidenceRight: `${high.filter((result) => result.outcome === 'right').length} of ${high.length}`,
    medianSeconds: quantile(times, 0.5),
    p95Seconds: quantile(times, 0.95),
    medianTried: quantile(
      found.map((result) => result.tried),
      0.5,
    ),
    warmPerSecond: Math.round(warm),
    spawnedPerSecond: Number(spawned.toFixed(1)),
    faster: Math.round(warm / spawned),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2));
}

export function machine(): string {
  const [cpu] = os.cpus();
  return `${cpu?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.version}`;
}

export function markdown(results: readonly CaseResult[]): string {
  const groups = [...new Set(results.map((result) => result.language)), 'all'];
  const rows = groups.map((group) => {
    const of = group === 'all' ? results : results.filter((result) => result.language === group);
    const meant = of.filter((result) => result.expected === 'mend');
    const t = total(of);
    const share = (n: number) => `${n} (${Math.round((100 * n) / Math.max(1, meant.length))} %)`;
    const mended = total(meant);
    return `| ${group} | ${meant.length} | ${share(mended.plausible)} | ${share(mended.right)} | ${of.length - meant.length} | ${total(of.filter((result) => result.expected === 'refuse')).refused} | ${t.medianSeconds} | ${t.p95Seconds} | ${t.medianTried} | ${t.warmPerSecond} | ${t.spawnedPerSecond} | ${t.faster} x |`;
  });
  const cases = results.map(
    (r) =>
      `| ${r.name} | ${r.operator} | ${r.expected} | ${r.outcome} | ${r.confidence ?? ''} | ${r.tried} | ${r.seconds.toFixed(2)} | ${r.detail.replaceAll('|', '\\|')} |`,
  );
  return [
    '# Repair',
    '',
    `Measured on: ${machine()}. \`npm run bench:repair\`.`,
    '',
    '"Plausible" passes the visible tests; "right" passes the hidden ones too. Impossible cases lack logic that no small edit brings: the right answer is a refusal.',
    '',
    '| language | bugs | plausible | right | impossible | refused of these | median s | p95 s | median tried | candidates/s warm | candidates/s spawned | |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    '| case | slip | expected | outcome | confidence | tried | s | edit or reason |',
    '|---|---|---|---|---|---|---|---|',
    ...cases,
    '',
  ].join('\n');
}
