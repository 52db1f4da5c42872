import type { Config } from '../../temporal.config.js';
import type { Door } from './door.js';
import { linearDoor } from './linear.js';

/** The doors that have a secret, and so can tell their source from anybody else. */
export function openDoors({ webhookSecrets, label }: Pick<Config, 'webhookSecrets' | 'label'>): readonly Door[] {
  const { linear } = webhookSecrets;
  return [...(linear ? [linearDoor({ secrets: linear, label })] : [])];
}
