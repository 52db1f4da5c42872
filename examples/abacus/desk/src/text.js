/** Cents as people write an amount. */
export function amount(cents) {
  return (cents / 100).toFixed(2);
}
