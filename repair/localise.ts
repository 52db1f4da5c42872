// Spectrum-based fault localisation: lines that failing tests run and passing tests do not are suspicious (Ochiai).
import type { Observed } from './runner.js';

export interface SuspiciousLine {
  readonly path: string;
  readonly line: number;
  readonly score: number;
}

interface Spectrum {
  readonly failing: readonly Observed[];
  readonly passing: readonly Observed[];
  readonly mayEdit: (path: string) => boolean;
}

/** Most suspicious first. */
export function localise({ failing, passing, mayEdit }: Spectrum): readonly SuspiciousLine[] {
  const counts = new Map<string, { path: string; line: number; failed: number; passed: number }>();
  for (const test of failing) {
    for (const [path, lines] of Object.entries(test.covered)) {
      if (!mayEdit(path)) continue;
      for (const line of lines) {
        const key = `${path}:${line}`;
        const known = counts.get(key) ?? { path, line, failed: 0, passed: 0 };
        known.failed += 1;
        counts.set(key, known);
      }
    }
  }
  for (const test of passing) {
    for (const [path, lines] of Object.entries(test.covered)) {
      for (const line of lines) {
        const known = counts.get(`${path}:${line}`);
        if (known) known.passed += 1;
      }
    }
  }
  const scored = [...counts.values()].map(({ path, line, failed, passed }) => ({
    path,
    line,
    score: failed / Math.sqrt(failing.length * (failed + passed)),
  }));
  return scored.sort(
    (a, b) => b.score - a.score || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.line - b.line,
  );
}

const REGION_LINES = 40;
/** Lines below this share of the highest score do not belong to the region that must be small. */
const REGION_SHARE = 0.7;
const SEARCHED_SHARE = 0.3;
const SEARCHED_LINES = 60;

export interface Region {
  readonly size: number;
  readonly tooLarge: boolean;
  readonly lines: readonly SuspiciousLine[];
}

export function regionOf(suspicious: readonly SuspiciousLine[]): Region {
  const top = suspicious[0]?.score ?? 0;
  const size = suspicious.filter((line) => line.score >= top * REGION_SHARE).length;
  const lines = suspicious.filter((line) => line.score >= top * SEARCHED_SHARE).slice(0, SEARCHED_LINES);
  return { size, tooLarge: size > REGION_LINES, lines };
}
