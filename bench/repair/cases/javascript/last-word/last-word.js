export function lastWord(text) {
  const words = text.trim().split(' ');
  return words[words.length];
}
