import { currentStatus, type ShipmentEvent, type Status, withoutDuplicates } from './events.js';

export interface Shipment {
  readonly id: string;
  readonly destination: string;
  readonly grams: number;
}

export interface TrackedShipment extends Shipment {
  readonly status: Status | undefined;
}

/** Shipments in the order in which they were booked, with what the carriers reported about them. */
export class Shipments {
  readonly #shipments = new Map<string, Shipment>();
  readonly #events = new Map<string, ShipmentEvent[]>();

  add(shipment: Shipment): void {
    this.#shipments.set(shipment.id, shipment);
  }

  has(id: string): boolean {
    return this.#shipments.has(id);
  }

  record(id: string, events: readonly ShipmentEvent[]): void {
    this.#events.set(id, withoutDuplicates([...this.events(id), ...events]));
  }

  events(id: string): readonly ShipmentEvent[] {
    return this.#events.get(id) ?? [];
  }

  list(): TrackedShipment[] {
    return [...this.#shipments.values()].map((shipment) => ({
      ...shipment,
      status: currentStatus(this.events(shipment.id)),
    }));
  }
}
