// Do the plausible candidates behave alike on inputs near those of the tests? If they do, the first is most likely
// right; if not, somebody should be asked.
import type { Candidate } from '../schemas/repair.js';
import { OVERFITTING } from './operators/generate.js';
import { perturb, spell } from './perturb.js';
import type { Call, Runner } from './runner.js';

export interface Confidence {
  readonly confidence: 'high' | 'low';
  readonly clusters: number;
  readonly question?: string;
}

interface Compared {
  readonly runner: Runner;
  /** Best first. */
  readonly plausible: readonly Candidate[];
  readonly tests: readonly string[];
  readonly limitMs: number;
}

const FEWEST_PROBES = 4;

export async function compare({ runner, plausible, tests, limitMs }: Compared): Promise<Confidence> {
  const [best] = plausible;
  const file = best?.edits[0]?.path ?? '';
  const recorded = await runner.record({ path: file, tests, limitMs });
  const calls = perturb(recorded);
  const alike = plausible.filter((candidate) => candidate.edits[0]?.path === file);
  const trials = alike.map((candidate, key) => ({ key, path: file, text: candidate.edits[0]?.after ?? '' }));
  const answers = calls.length > 0 ? await runner.probe({ trials, calls, limitMs }) : trials.map(() => []);
  const groups = new Map<string, number>();
  for (const [index, list] of answers.entries()) {
    const key = JSON.stringify(list);
    if (!groups.has(key)) groups.set(key, index);
  }
  const clusters = groups.size;
  const [, other] = [...groups.values()];
  const question = other === undefined ? undefined : ask({ calls, answers, plausible: alike, other });
  // Nothing was probed: candidates that look alike have not been shown to be.
  const probed = calls.length >= FEWEST_PROBES;
  const high = probed && clusters === 1 && best !== undefined && !OVERFITTING.has(best.operator);
  return {
    confidence: high ? 'high' : 'low',
    clusters: probed ? clusters : Math.max(1, alike.length),
    ...(question ? { question } : {}),
  };
}

interface Asked {
  readonly calls: readonly Call[];
  readonly answers: readonly (readonly string[])[];
  readonly plausible: readonly Candidate[];
  readonly other: number;
}

/** The shortest input on which the first candidate and the first that differs from it differ. */
function ask({ calls, answers, plausible, other }: Asked): string | undefined {
  const [first, second] = [answers[0] ?? [], answers[other] ?? []];
  const differing = calls.flatMap((call, index) =>
    first[index] !== second[index] ? [{ call: spell(call), index }] : [],
  );
  differing.sort((a, b) => a.call.length - b.call.length || a.index - b.index);
  const [shortest] = differing;
  if (!shortest) return undefined;
  const says = (at: number, list: readonly string[]) =>
    `${list[shortest.index] ?? 'no answer'} (${plausible[at]?.summary ?? ''})`;
  return `For ${shortest.call}, which is right: A: ${says(0, first)}, or B: ${says(other, second)}?`;
}
