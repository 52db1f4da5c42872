export type Status = 'announced' | 'collected' | 'in-transit' | 'delivered' | 'returned';

export interface ShipmentEvent {
  readonly shipment: string;
  readonly status: Status;
  readonly at: string;
}

/** Carriers send an event again until we answer, so the same one may arrive more than once. */
export function withoutDuplicates(events: readonly ShipmentEvent[]): ShipmentEvent[] {
  const seen = new Set<string>();
  const kept: ShipmentEvent[] = [];
  for (const event of events) {
    const key = `${event.shipment} ${event.status} ${event.at}`;
    if (seen.has(key)) continue;
    kept.push(event);
  }
  return kept;
}

/** The status of the latest event, by its time and not by its arrival. */
export function currentStatus(events: readonly ShipmentEvent[]): Status | undefined {
  let latest: ShipmentEvent | undefined;
  for (const event of events) {
    if (latest === undefined || event.at >= latest.at) latest = event;
  }
  return latest?.status;
}
