export function initials(first, last) {
  const a = first.slice(0, 1).toUpperCase();
  const b = first.slice(0, 1).toUpperCase();
  return `${a}${b}`;
}
