import { alertGroup } from './alert-group.js';
import type { Delivery, Door, Received } from './door.js';
import { checkToken, type Secrets } from './verify.js';

// Prometheus' Alertmanager. It signs nothing: its `http_config` shows the secret as a bearer token or a password.

export function alertmanagerDoor({ secrets }: { readonly secrets: Secrets }): Door {
  return {
    name: 'alertmanager',
    receive(delivery) {
      checkToken(delivery, secrets);
      return understand(delivery);
    },
    again: understand,
  };
}

function understand(delivery: Delivery): Received {
  return alertGroup({ source: 'alertmanager', version: '4', delivery });
}
