import { discounted } from './discount.js';

/** One parcel as the rate library priced it. */
export interface PricedParcel {
  readonly zone: string;
  readonly billableGrams: number;
  readonly netCents: number;
  readonly taxPercent: number;
}

export interface Total {
  readonly netCents: number;
  readonly taxCents: number;
  readonly grossCents: number;
}

/** The sum over all parcels. The discount lowers the net price, and tax is due on what is left. */
export function totalOf(parcels: readonly PricedParcel[], discountPercent: number): Total {
  let netCents = 0;
  let taxCents = 0;
  for (const parcel of parcels) {
    const net = discounted(parcel.netCents, discountPercent);
    netCents += net;
    taxCents += Math.round((net * parcel.taxPercent) / 100);
  }
  return { netCents, taxCents, grossCents: netCents + taxCents };
}
