import type { SurveyedTest } from '../schemas/repair.js';

// Which failing tests an item is about, by its words alone: the rule of a planner without a model. It errs on the
// side of leaving out, because a test that is left out is named in the refusal, and one taken in wrongly is merged.

const COMMON = new Set(
  'test tests should when that this with from have does into must only than then them they what which while will your also each every more same value values result returns return true false null undefined none error function class method file files case cases'.split(
    ' ',
  ),
);

/** Distinct words of at least four letters, split at camelCase and punctuation, in a crude singular. */
export function wordsOf(text: string): Set<string> {
  const split = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  const words = split.match(/[a-z]{4,}/g) ?? [];
  return new Set(words.filter((word) => !COMMON.has(word)).map(stem));
}

function stem(word: string): string {
  return word.replace(/(?:ations|ation|ating|ated|ates|ate|ings|ing|ied|ies|ed|es|s|e|y)$/, (suffix) =>
    word.length - suffix.length >= 3 ? '' : suffix,
  );
}

/** Words that the item and a test's own names share; file and function names count double. */
export function relevance(itemWords: ReadonlySet<string>, test: SurveyedTest, file: string): number {
  const stemOfFile = wordsOf(file.slice(file.lastIndexOf('/') + 1).replace(/\.[a-z]+$/, ''));
  const strong = new Set([...stemOfFile, ...test.symbols.flatMap((symbol) => [...wordsOf(symbol)])]);
  const weak = wordsOf(test.title);
  let score = 0;
  for (const word of strong) if (itemWords.has(word)) score += 2;
  for (const word of weak) if (!strong.has(word) && itemWords.has(word)) score += 1;
  return score;
}

/** Two weak words or one strong one. */
export const RELEVANT = 2;
