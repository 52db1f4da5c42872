// The constants and names that a ticket mentions: edits that use one of them rank higher.

const COMMON = new Set([
  'the',
  'and',
  'for',
  'not',
  'are',
  'was',
  'with',
  'that',
  'this',
  'from',
  'when',
  'should',
  'must',
  'but',
  'has',
  'have',
  'its',
  'all',
  'any',
  'one',
  'of',
  'to',
  'in',
  'is',
  'it',
  'on',
  'be',
  'as',
  'at',
  'or',
  'an',
  'if',
  'by',
]);

export function wordsOf(ticket: string): ReadonlySet<string> {
  const found = ticket.match(/\d+(?:\.\d+)?|[A-Za-z_$][\w$]*/g) ?? [];
  return new Set(
    found
      .filter((word) => word.length > 1 || /\d/.test(word))
      .filter((word) => !COMMON.has(word.toLowerCase()))
      .slice(0, 400),
  );
}
