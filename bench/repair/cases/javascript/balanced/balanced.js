export function balanced(text) {
  return text.length % 2 === 0;
}
