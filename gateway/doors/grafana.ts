import { alertGroup } from './alert-group.js';
import type { Delivery, Door, Received } from './door.js';
import { checkTime, isSigned, refused, type Secrets } from './verify.js';

// Grafana's alerting, from version 12 on: it signs the time of sending, a colon and the raw body. Every attempt is signed
// anew, so the window is short.

const SIGNATURE = 'x-grafana-alerting-signature';
const TIMESTAMP = 'x-grafana-alerting-timestamp';
const WINDOW_MS = 300_000;

export function grafanaDoor({ secrets }: { readonly secrets: Secrets }): Door {
  return {
    name: 'grafana',
    receive(delivery) {
      const signature = delivery.header(SIGNATURE);
      const timestamp = delivery.header(TIMESTAMP);
      if (!signature || !timestamp) throw refused(`the headers ${SIGNATURE} and ${TIMESTAMP} are needed`);
      const content = Buffer.concat([Buffer.from(`${timestamp}:`), delivery.body]);
      if (!isSigned({ content, signatures: [signature], secrets })) {
        throw refused('the signature does not match the body');
      }
      checkTime(/^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN, WINDOW_MS, 'the signed time');
      return understand(delivery);
    },
    again: understand,
  };
}

function understand(delivery: Delivery): Received {
  return alertGroup({ source: 'grafana', version: '1', delivery });
}
