import { SOURCES } from '../../schemas/source.js';
import type { Config } from '../../temporal.config.js';
import { alertmanagerDoor } from './alertmanager.js';
import { datadogDoor } from './datadog.js';
import type { Door } from './door.js';
import { giteaDoor } from './gitea.js';
import { githubDoor } from './github.js';
import { grafanaDoor } from './grafana.js';
import { jiraDoor } from './jira.js';
import { linearDoor } from './linear.js';
import { opsgenieDoor } from './opsgenie.js';
import { pagerdutyDoor } from './pagerduty.js';
import { sentryDoor } from './sentry.js';
import type { Secrets } from './verify.js';
import { webhookDoor } from './webhook.js';

type Settings = Pick<Config, 'webhookSecrets' | 'doors' | 'label' | 'linear'>;

/** The doors that have a secret, and so can tell their source from anybody else. */
export function openDoors(settings: Settings): readonly Door[] {
  const { webhookSecrets, doors, label, linear } = settings;
  const { own, webhooks } = doors;
  // Both have keys like ENG-101.
  const prefix = linear.apiKey === undefined && webhookSecrets.linear === undefined ? '' : 'jira.';
  const doorsOf: Partial<Record<(typeof SOURCES)[number], (secrets: Secrets) => readonly Door[]>> = {
    linear: (secrets) => [linearDoor({ secrets, label })],
    jira: (secrets) => [jiraDoor({ secrets, label, own: own.jira, prefix })],
    github: (secrets) => [githubDoor({ secrets, label, own: own.github })],
    gitea: (secrets) => [giteaDoor({ secrets, label, own: own.gitea })],
    alertmanager: (secrets) => [alertmanagerDoor({ secrets })],
    pagerduty: (secrets) => [pagerdutyDoor({ secrets })],
    sentry: (secrets) => [sentryDoor({ secrets })],
    grafana: (secrets) => [grafanaDoor({ secrets })],
    datadog: (secrets) => [datadogDoor({ secrets })],
    opsgenie: (secrets) => [opsgenieDoor({ secrets })],
    webhook: (secrets) => webhooks.map((webhook) => webhookDoor({ secrets, webhook })),
  };
  return SOURCES.flatMap((source) => {
    const secrets = webhookSecrets[source];
    return secrets ? (doorsOf[source]?.(secrets) ?? []) : [];
  });
}
