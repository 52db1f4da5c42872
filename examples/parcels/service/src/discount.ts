export interface Tier {
  /** Number of parcels from which the tier applies. */
  readonly from: number;
  readonly percent: number;
}

export const VOLUME_TIERS: readonly Tier[] = [
  { from: 50, percent: 12 },
  { from: 10, percent: 5 },
];

/** The volume discount of an order, in percent: that of the highest tier it reaches. */
export function volumeDiscount(parcels: number, tiers: readonly Tier[] = VOLUME_TIERS): number {
  const tier = tiers.find(({ from }) => parcels > from);
  return tier ? tier.percent : 0;
}

/** The price less the discount, to the nearest cent. */
export function discounted(cents: number, percent: number): number {
  return Math.round((cents * (100 - percent)) / 100);
}
