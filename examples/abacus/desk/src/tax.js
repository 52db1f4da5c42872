/** Cents of tax on a net price. */
export function tax(cents) {
  return Math.round((cents * 19) / 100);
}
