import { SOURCES, type Source } from '../../schemas/source.js';
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

type Settings = Pick<Config, 'webhookSecrets' | 'doors' | 'label' | 'linear' | 'repos'>;

/** The doors that have a secret, and so can tell their source from anybody else. */
export function openDoors(settings: Settings): readonly Door[] {
  return SOURCES.flatMap((source) => {
    const secrets = settings.webhookSecrets[source];
    return secrets ? doorsOf(source, secrets, settings) : [];
  });
}

/** A door that looks again at what it had verified: it needs no secret for that. */
export function doorNamed(name: string, settings: Settings): Door | undefined {
  return SOURCES.flatMap((source) => doorsOf(source, [], settings)).find((door) => door.name === name);
}

/** None for a source that does not come by webhook. */
function doorsOf(source: Source, secrets: Secrets, settings: Settings): readonly Door[] {
  const { doors, label, linear, repos } = settings;
  const { own, webhooks } = doors;
  const projects = repos.flatMap(({ forge, project }) => (forge === source && project ? [project] : []));
  // Both have keys like ENG-101. The workers decide by the same key.
  const prefix = linear.apiKey === undefined ? '' : 'jira.';
  const making: Partial<Record<Source, () => readonly Door[]>> = {
    linear: () => [linearDoor({ secrets, label })],
    jira: () => [jiraDoor({ secrets, label, own: own.jira, prefix })],
    github: () => [githubDoor({ secrets, label, own: own.github, projects })],
    gitea: () => [giteaDoor({ secrets, label, own: own.gitea, projects })],
    alertmanager: () => [alertmanagerDoor({ secrets })],
    pagerduty: () => [pagerdutyDoor({ secrets })],
    sentry: () => [sentryDoor({ secrets })],
    grafana: () => [grafanaDoor({ secrets })],
    datadog: () => [datadogDoor({ secrets })],
    opsgenie: () => [opsgenieDoor({ secrets })],
    webhook: () => webhooks.map((webhook) => webhookDoor({ secrets, webhook })),
  };
  return making[source]?.() ?? [];
}
