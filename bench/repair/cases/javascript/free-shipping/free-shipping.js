const THRESHOLD = 50;

export function shippingCost(total, weight) {
  if (total > THRESHOLD) return 0;
  const base = 4;
  return weight > 10 ? base + (weight - 10) * 2 : base;
}
