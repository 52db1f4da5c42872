export function roman(n) {
  return 'I'.repeat(n);
}
