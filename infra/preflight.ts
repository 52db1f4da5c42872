import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { Config } from '../schemas/config.js';
import { forgeProblems } from '../schemas/forge-settings.js';
import { modelProblems } from '../schemas/model-settings.js';
import { OnCallFile } from '../schemas/on-call.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import { PeopleFile } from '../schemas/people.js';

export interface Problem {
  readonly problem: string;
  readonly remedy: string;
}

/** Everything that would stop this part of Signalbox from working, each with what to do about it. */
export function preflight(config: Config, part: 'gateway' | 'worker'): Problem[] {
  const problems: Problem[] = [];
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    problems.push({ problem: `Node ${process.versions.node} is too old`, remedy: 'install Node 20.19 or newer' });
  }
  if (config.repos.length === 0) {
    problems.push({
      problem: 'no repository is configured',
      remedy: 'name at least one under `repos` in signalbox.config.yaml (or point SIGNALBOX_CONFIG to the file)',
    });
  }
  for (const repo of config.repos) {
    if (isAbsolute(repo.url) && !existsSync(repo.url)) {
      problems.push({
        problem: `repo ${repo.name}: ${repo.url} does not exist`,
        remedy: 'clone it there with `git clone --bare`, or mend `url`',
      });
    }
    if (part === 'worker' && repo.holdouts !== undefined && !existsSync(join(repo.holdouts, 'holdouts.yaml'))) {
      problems.push({
        problem: `repo ${repo.name}: ${repo.holdouts} has no holdouts.yaml`,
        remedy: 'write one, see docs/validation.md, or leave `holdouts` out',
      });
    }
  }
  if (part === 'worker') problems.push(...modelProblems(config.models), ...forgeProblems(config.repos, config.forges));
  if (config.kpis.length > 0 && !config.metrics) {
    problems.push({
      problem: 'there are figures to watch and no source of metrics',
      remedy: 'set `metrics: { prometheus: <address> }` in signalbox.config.yaml, or leave `kpis` out',
    });
  }
  // A host that only lends its sandboxes asks nobody.
  if (part === 'gateway' || config.worker.roles.includes('workflows')) problems.push(...peopleProblems(config));
  const { signingSecrets, appToken, botToken } = config.slack;
  const slack = signingSecrets.length > 0 || appToken !== undefined;
  if (slack && botToken === undefined) {
    problems.push({
      problem: 'Slack can reach Signalbox, which can answer nothing',
      remedy: 'set SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE)',
    });
  }
  if (part === 'gateway' && Object.keys(config.webhookSecrets).length === 0 && !config.gateway.token && !slack) {
    problems.push({
      problem: 'the gateway has nothing to check callers with',
      remedy:
        'set LINEAR_WEBHOOK_SECRET, or the secret of another source (each also as …_FILE), and/or SIGNALBOX_TOKEN',
    });
  }
  if (part === 'gateway' && config.doors.webhooks.length > 0 && !config.webhookSecrets.webhook) {
    problems.push({
      problem: `the doors ${config.doors.webhooks.map(({ name }) => name).join(', ')} have nothing to check senders with`,
      remedy: 'set WEBHOOK_WEBHOOK_SECRET (or WEBHOOK_WEBHOOK_SECRET_FILE)',
    });
  }
  if (config.webhookSecrets.linear && !config.linear.apiKey) {
    problems.push({
      problem: 'Linear webhooks are on but tickets cannot be read or written',
      remedy: 'set LINEAR_API_KEY (or LINEAR_API_KEY_FILE)',
    });
  }
  if (config.webhookSecrets.jira && !config.jira) {
    problems.push({
      problem: 'Jira webhooks are on but tickets cannot be read or written',
      remedy: 'set JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN (or JIRA_API_TOKEN_FILE)',
    });
  }
  return problems;
}

/** While these can't be read, nobody's answer counts. */
function peopleProblems({ people, onCall }: Config): Problem[] {
  const files = [
    ...(people.local ? [] : [{ file: people.file, schema: PeopleFile, setting: 'people' }]),
    ...(onCall.file === undefined ? [] : [{ file: onCall.file, schema: OnCallFile, setting: 'onCall.file' }]),
  ];
  return files.flatMap(({ file, schema, setting }): Problem[] => {
    if (!existsSync(file)) {
      const remedy = `write it, see docs/people.md, or mend \`${setting}\` in signalbox.config.yaml`;
      return [{ problem: `there is no file ${file}`, remedy }];
    }
    try {
      parse(schema, parseYaml(readFileSync(file, 'utf8')), file);
      return [];
    } catch (error) {
      const [line = ''] = error instanceof Error ? error.message.split('\n') : [];
      const found = error instanceof RefusedInput ? error.problems : [`it can't be read as YAML: ${line}`];
      const remedy = 'mend it, see docs/people.md; `signalbox people check` looks at it again';
      return found.map((problem) => ({ problem: `${file}: ${problem}`, remedy }));
    }
  });
}
