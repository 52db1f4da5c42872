/** A light stemmer: endings of number, tense and manner. */
export function stem(word: string): string {
  if (word.length <= 4) return word.replace(/([^s])s$/, '$1');
  return word
    .replace(/(ies|ied)$/, 'y')
    .replace(/(sses)$/, 'ss')
    .replace(/([^aeious])es$/, '$1e')
    .replace(/([^su])s$/, '$1')
    .replace(/(ations?|ating|ated)$/, 'ate')
    .replace(/([b-df-hj-np-tv-z])\1(ing|ed)$/, '$1')
    .replace(/([a-z]{3})(ing|ed|ly|er|ment)$/, '$1')
    .replace(/([a-z]{3})e$/, '$1');
}
