import type { Config } from '../../temporal.config.js';
import type { Door } from './door.js';
import { giteaDoor } from './gitea.js';
import { githubDoor } from './github.js';
import { linearDoor } from './linear.js';

/** The doors that have a secret, and so can tell their source from anybody else. */
export function openDoors({
  webhookSecrets,
  doors,
  label,
}: Pick<Config, 'webhookSecrets' | 'doors' | 'label'>): readonly Door[] {
  const { linear, github, gitea } = webhookSecrets;
  const { own } = doors;
  return [
    ...(linear ? [linearDoor({ secrets: linear, label })] : []),
    ...(github ? [githubDoor({ secrets: github, label, own: own.github })] : []),
    ...(gitea ? [giteaDoor({ secrets: gitea, label, own: own.gitea })] : []),
  ];
}
