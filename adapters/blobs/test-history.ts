import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Flakiness, TestHistory } from '../../activities/ports.js';

/** Above this many bytes the older half goes. */
const BYTES = 4 * 1024 * 1024;

interface Line {
  readonly gate: string;
  readonly tree: string;
  /** Of tests that had failed before: what never fails has no flakiness to tell, and would fill the disk. */
  readonly passing: readonly string[];
  readonly failing: readonly string[];
}

/** One file of JSON lines per repo. What can't be read counts as absent: this is evidence, and no verdict rests on it. */
export function createTestHistory(directory: string): TestHistory {
  const fileOf = (repo: string) => join(directory, `${repo}.jsonl`);
  return {
    async record({ repo, gate, tree, passing, failing }) {
      const text = await textOf(fileOf(repo));
      const failedBefore = new Set(linesOf(text).flatMap((line) => line.failing));
      const line: Line = { gate, tree, passing: passing.filter((test) => failedBefore.has(test)), failing };
      if (line.passing.length + line.failing.length === 0) return;
      await mkdir(directory, { recursive: true });
      if (text.length > BYTES) await halve(fileOf(repo), text);
      await appendFile(fileOf(repo), `${JSON.stringify(line)}\n`);
    },
    async flakiness(repo, test) {
      const lines = linesOf(await textOf(fileOf(repo)));
      return flakinessOf(
        lines.filter(({ failing }) => failing.includes(test)),
        lines.filter(({ passing, failing }) => passing.includes(test) && !failing.includes(test)),
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

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}

function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { gate, tree, passing, failing } = JSON.parse(line) as Line;
      return Array.isArray(passing) && Array.isArray(failing) ? [{ gate, tree, passing, failing }] : [];
    } catch {
      return [];
    }
  });
}

async function halve(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text.slice(text.indexOf('\n', text.length / 2) + 1));
  await rename(partial, file);
}
