/** Percent that an order of so many items is cheaper. */
export function percentOff(items) {
  if (items >= 50) return 12;
  if (items > 10) return 5;
  return 0;
}
