/** Puts `[redacted]` in the place of words that are never shown, whatever their case. */
export function redactor(words: Iterable<string>): (text: string) => string {
  // The longest first: one may begin with another.
  const longestFirst = [...words].filter(Boolean).sort((one, other) => other.length - one.length);
  if (longestFirst.length === 0) return (text) => text;
  const pattern = new RegExp(longestFirst.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'gi');
  return (text) => text.replace(pattern, '[redacted]');
}
