import type { Survey, SurveyedTest } from '../schemas/repair.js';

/** Source files by how much more the failing test runs them than the passing ones do (Ochiai, best line of a file). */
export function suspiciousFiles(survey: Survey, failing: SurveyedTest): { path: string; score: number }[] {
  const passes = survey.tests.filter((test) => test.outcome === 'pass');
  const ranked = Object.entries(failing.covered).map(([path, lines]) => {
    const runs = new Map<number, number>();
    for (const test of passes) for (const line of test.covered[path] ?? []) runs.set(line, (runs.get(line) ?? 0) + 1);
    const best = Math.max(0, ...lines.map((line) => 1 / Math.sqrt(1 + (runs.get(line) ?? 0))));
    const touching = passes.filter((test) => test.covered[path] !== undefined).length;
    return { path, score: best, touching };
  });
  // Of two equally suspicious files the one that fewer passing tests visit says more.
  ranked.sort(
    (one, other) => other.score - one.score || one.touching - other.touching || (one.path < other.path ? -1 : 1),
  );
  return ranked.map(({ path, score }) => ({ path, score }));
}
