import { stem } from './stem.js';
import { COMMON_WORDS, CONTRASTS, STOP_WORDS, SYNONYMS } from './vocabulary.js';

// A text as weighted words: stems, names for what people say differently, identifiers that weigh more.

const TEXT_CHARACTERS = 12_000;
const WORD_CHARACTERS = 40;
const TITLE = 2;
const COMMON = 0.35;
const IDENTIFIER = 1.5;
const PAIR = 0.5;
const NUMBER = 0.6;

export function termsOf(title: string, text: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  const add = (term: string, weight: number) => weights.set(term, Math.min(6, (weights.get(term) ?? 0) + weight));
  for (const [part, factor] of [
    [title, TITLE],
    [prose(text), 1],
  ] as const) {
    for (const sentence of part.split(/[.!?;:\n]+/)) {
      const terms = wordsIn(sentence);
      for (const [at, { term, weight }] of terms.entries()) {
        // Said for a second time a word tells less.
        add(term, (factor * weight) / (weights.has(term) ? 3 : 1));
        const next = terms[at + 1];
        if (next && weight >= 1 && next.weight >= 1) add(`${term} ${next.term}`, factor * PAIR);
      }
    }
  }
  return weights;
}

export function contrastsOf(text: string): string[] {
  const looked = text.slice(0, TEXT_CHARACTERS);
  return Object.entries(CONTRASTS).flatMap(([group, values]) =>
    Object.entries(values).flatMap(([value, pattern]) => (pattern.test(looked) ? [`${group}=${value}`] : [])),
  );
}

/** Without quotations, addresses and the lines of a stack. */
function prose(text: string): string {
  return text
    .slice(0, TEXT_CHARACTERS)
    .split('\n')
    .filter((line) => !/^\s*(>|at \S|File "|#{1,6}\s)/.test(line))
    .join('\n')
    .replace(/https?:\/\/\S{1,500}/g, ' ')
    .replace(/[\w.+-]{1,64}@[\w.-]{1,200}/g, ' ');
}

interface Word {
  readonly term: string;
  readonly weight: number;
}

function wordsIn(sentence: string): Word[] {
  const tokens =
    sentence
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .match(/[A-Za-z0-9_$][\w$'-]{0,80}/g) ?? [];
  return tokens.flatMap((token) => wordOf(token.slice(0, WORD_CHARACTERS)));
}

function wordOf(token: string): Word[] {
  const bare = token.replace(/'(s|t|re|ve|ll|d|m)$/i, '').replace(/^[-'_$]+|[-'_$]+$/g, '');
  if (bare === '') return [];
  if (/^\d+$/.test(bare)) return bare.length > 1 && bare.length < 7 ? [{ term: bare, weight: NUMBER }] : [];
  if (isIdentifier(bare)) {
    const parts = bare.split(/[_$-]+|(?<=[a-z0-9])(?=[A-Z])/).flatMap(plainWord);
    return [{ term: bare.toLowerCase().replace(/[_$-]/g, ''), weight: IDENTIFIER }, ...parts];
  }
  return bare.split('-').flatMap(plainWord);
}

/** `orderTotal`, `order_total`: somebody's own name for something. */
function isIdentifier(word: string): boolean {
  return /[a-z0-9][A-Z]|[A-Za-z]_[A-Za-z]|\$/.test(word);
}

function plainWord(word: string): Word[] {
  const lower = word.toLowerCase();
  if (lower.length < 2 || STOP_WORDS.has(lower) || /^\d/.test(lower)) return [];
  const stemmed = stem(lower);
  const term = SYNONYMS.get(stemmed) ?? stemmed;
  return [{ term, weight: COMMON_WORDS.has(term) ? COMMON : 1 }];
}
