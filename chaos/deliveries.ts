import { setTimeout as sleep } from 'node:timers/promises';
import type { Webhook } from '../test/fakes/linear-webhook.js';
import type { Desk } from './desks.js';
import type { Install } from './install.js';
import type { PlannedDelivery } from './plan.js';
import { ticketOf } from './tickets.js';

// Files tickets and tells the gateway of them, as a tracker does: what is not answered with 2xx is sent again, and some
// of it comes several times.

/** Trackers wait minutes to hours before they send again; here half a second must do. */
const AGAIN_MS = 500;
const ANSWER_MS = 5_000;

export class Deliveries {
  readonly #install: Install;
  readonly #signal: AbortSignal;
  /** Item -> deliveries that were answered with 2xx. */
  readonly accepted = new Map<string, number>();

  constructor(install: Install, signal: AbortSignal) {
    this.#install = install;
    this.#signal = signal;
  }

  /** Resolves when all copies were accepted. */
  async deliver(desk: Desk, { copies, gapMs }: PlannedDelivery): Promise<void> {
    const { tracker } = this.#install;
    tracker.addIssue(ticketOf(desk));
    const webhook = tracker.addLabel(desk.item, 'signalbox');
    const late = Array.from({ length: copies }, async (_, n) => {
      await sleep(gapMs * n, undefined, { signal: this.#signal });
      await this.#until2xx(desk.item, webhook);
    });
    await Promise.all([this.#until2xx(desk.item, webhook), ...late]);
  }

  async #until2xx(item: string, { headers, body }: Webhook): Promise<void> {
    const { gatewayUrl } = this.#install;
    while (!this.#signal.aborted) {
      const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(ANSWER_MS) };
      const answer = await fetch(`${gatewayUrl}/webhooks/linear`, request).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
      if (answer?.ok) {
        this.accepted.set(item, (this.accepted.get(item) ?? 0) + 1);
        return;
      }
      await sleep(AGAIN_MS);
    }
  }
}
