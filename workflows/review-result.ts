import type { Lens } from '../schemas/blueprint.js';
import type { Finding } from '../schemas/finding.js';
import type { ReadFindings, ReviewResult } from '../schemas/review.js';
import { isRiskier } from './mission-state.js';

/** What the reviewers of one lens came to. */
export interface LensReport {
  readonly lens: Lens;
  readonly read: readonly ReadFindings[];
  /** Why it did not report on all of it; undefined when it did. */
  readonly missing?: string;
}

/** What all lenses said; what a lens that is missing did find counts as well. */
export function combined(
  reports: readonly LensReport[],
): Omit<ReviewResult, 'round' | 'commit' | 'cost' | 'firstFindingMs' | 'notes'> {
  const read = reports.flatMap(({ lens, read: parts }) => parts.map((part) => ({ lens, ...part })));
  return {
    findings: distinct(read.flatMap(({ findings }) => findings)),
    late: [...new Set(read.flatMap(({ late }) => late))],
    earlier: read.flatMap(({ earlier }) => earlier),
    ...riskOf(reports, read),
    reviewed: reports.filter(({ missing }) => missing === undefined).map(({ lens }) => lens),
    missing: reports.flatMap(({ lens, missing }) => (missing === undefined ? [] : [{ lens, why: missing }])),
  };
}

/** Two parts of one lens may raise the same; the graver counts. */
function distinct(findings: readonly Finding[]): Finding[] {
  const blocks = ({ severity }: Finding) => severity === 'blocker';
  const graverLast = [...findings.filter((each) => !blocks(each)), ...findings.filter(blocks)];
  return [...new Map(graverLast.map((each) => [each.id, each])).values()];
}

/** A lens can only raise it. */
function riskOf(
  reports: readonly LensReport[],
  read: readonly (ReadFindings & { readonly lens: Lens })[],
): Pick<ReviewResult, 'risk' | 'because'> {
  const [first, ...rest] = read;
  if (first) {
    const { lens, risk, riskBecause } = rest.reduce(
      (top, each) => (isRiskier(each.risk, top.risk) ? each : top),
      first,
    );
    return { risk, because: `${lens}: ${riskBecause}` };
  }
  return reports.every(({ missing }) => missing === undefined)
    ? { risk: 'low', because: 'nothing changed since the last round' }
    : { risk: 'high', because: 'no lens reported' };
}
