import type { Flakiness, TestHistory } from '../../activities/ports.js';
import type { Place } from '../storage/object-store.js';
import { createLinesInFiles, createSharedLines } from './test-lines.js';

interface Line {
  readonly gate: string;
  readonly tree: string;
  /** Of tests that had failed before: what never fails has no flakiness to tell, and would fill the disk. */
  readonly passing: readonly string[];
  readonly failing: readonly string[];
}

/** A line of JSON per run. What can't be read counts as absent: this is evidence, and no verdict rests on it. */
export function createTestHistory(place: Place): TestHistory {
  const lines = typeof place === 'string' ? createLinesInFiles(place) : createSharedLines(place);
  const linesOf = async (repo: string) => (await lines.read(repo)).flatMap(parsed);
  return {
    async record({ repo, gate, tree, passing, failing }) {
      const failedBefore = new Set((await linesOf(repo)).flatMap((line) => line.failing));
      const line: Line = { gate, tree, passing: passing.filter((test) => failedBefore.has(test)), failing };
      if (line.passing.length + line.failing.length > 0) await lines.append(repo, JSON.stringify(line));
    },
    async flakiness(repo, test) {
      const known = await linesOf(repo);
      return flakinessOf(
        known.filter(({ failing }) => failing.includes(test)),
        known.filter(({ passing, failing }) => passing.includes(test) && !failing.includes(test)),
      );
    },
  };
}

function flakinessOf(failed: readonly Line[], passed: readonly Line[]): Flakiness {
  const place = ({ gate, tree }: Line) => `${gate} ${tree}`;
  const red = new Set(failed.map(place));
  const both = new Set(passed.map(place).filter((where) => red.has(where)));
  return { runs: failed.length + passed.length, failed: failed.length, flakyTrees: both.size };
}

function parsed(text: string): Line[] {
  try {
    const { gate, tree, passing, failing } = JSON.parse(text) as Line;
    return Array.isArray(passing) && Array.isArray(failing) ? [{ gate, tree, passing, failing }] : [];
  } catch {
    return [];
  }
}
