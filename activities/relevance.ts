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

/** A test that runs half of the product says nothing by the names of what it runs. */
const TELLING_SYMBOLS = 8;

/**
 * Words that the item and a test's own names share. The name of the suspicious file and of the functions that the test
 * enters say what it is about; its title is prose, in which any two items of one product meet by chance.
 */
export function relevance(itemWords: ReadonlySet<string>, test: SurveyedTest, file: string): number {
  const symbols = test.symbols.length <= TELLING_SYMBOLS ? test.symbols : [];
  const fileName = file.slice(file.lastIndexOf('/') + 1).replace(/\.[a-z]+$/i, '');
  const names = wordsOf([fileName, ...symbols].join(' '));
  let score = 0;
  for (const word of names) if (itemWords.has(word)) score += RELEVANT;
  for (const word of wordsOf(test.title)) if (!names.has(word) && itemWords.has(word)) score += 1;
  return score;
}

/** One name of the code, or three words of a title. */
export const RELEVANT = 3;
