/** What became of one task. */
export interface TaskReport {
  readonly name: string;
  readonly title: string;
  /**
   * `solved`: merged, and the hidden tests pass. `wrong`: merged, and they fail. `refused`: it stopped and said why, and
   * nothing was merged. `not-judged`: merged, and the hidden tests could not be run. `not-run`: no budget was left.
   */
  readonly verdict: 'solved' | 'wrong' | 'refused' | 'not-judged' | 'not-run';
  readonly because: string;
  /** Null: a price is unknown. */
  readonly usd: number | null;
  readonly tokens: number;
  readonly ms: number;
  readonly models: readonly string[];
}

export interface Totals extends Pick<TaskReport, 'usd' | 'tokens' | 'ms'> {
  readonly tasks: number;
  readonly verdicts: Readonly<Record<TaskReport['verdict'], number>>;
}

export function totalsOf(reports: readonly TaskReport[]): Totals {
  const count = (verdict: TaskReport['verdict']) => reports.filter((report) => report.verdict === verdict).length;
  const sum = (of: (report: TaskReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  return {
    tasks: reports.length,
    verdicts: {
      ...{ solved: count('solved'), wrong: count('wrong'), refused: count('refused') },
      ...{ 'not-judged': count('not-judged'), 'not-run': count('not-run') },
    },
    usd: reports.some(({ usd }) => usd === null) ? null : sum(({ usd }) => usd ?? 0),
    tokens: sum(({ tokens }) => tokens),
    ms: sum(({ ms }) => ms),
  };
}

/** One line per task, then the totals. */
export function reportText(reports: readonly TaskReport[]): string {
  const width = Math.max(...reports.map(({ name }) => name.length));
  const totals = totalsOf(reports);
  const verdicts = Object.entries(totals.verdicts).filter(([, count]) => count > 0);
  return [
    ...reports.flatMap((report) => [
      `${report.name.padEnd(width)}  ${report.verdict.padEnd(10)}  ${figures(report)}  ${report.models.join(', ') || 'no model'}`,
      `${' '.repeat(width)}  ${report.because.split('\n')[0]}`,
    ]),
    '',
    `${totals.tasks} tasks: ${verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(', ')}; ${figures(totals)}`,
  ].join('\n');
}

function figures({ usd, tokens, ms }: Pick<TaskReport, 'usd' | 'tokens' | 'ms'>): string {
  const money = usd === null ? '$ unknown' : `$${usd.toFixed(4)}`;
  return `${money}  ${tokens.toLocaleString('en')} tokens  ${(ms / 1000).toFixed(1)} s`;
}
