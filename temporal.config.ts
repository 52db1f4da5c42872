import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { parse as parseYaml } from 'yaml';
import type { Config, JiraSettings, PeopleConfig } from './schemas/config.js';
import { ConfigFile } from './schemas/config-file.js';
import type { EncryptionSettings } from './schemas/encryption.js';
import { type ForgeSettings, forgeSettings, gitUrl, type Repo, type RepoEntry } from './schemas/forge-settings.js';
import { modelProviders } from './schemas/model-providers.js';
import { parse, RefusedInput } from './schemas/parse.js';
import { SOURCES } from './schemas/source.js';
import { storageSettings } from './schemas/storage-settings.js';
import { parseRoles } from './schemas/worker-roles.js';

// The only reader of the environment. Everybody else is handed the parts of `Config` that they need.

export type { Config, PeopleConfig } from './schemas/config.js';

type Environment = Readonly<Record<string, string | undefined>>;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Reads environment and file. Throws `RefusedInput` that names each wrong field. */
export function loadConfig(env: Environment = process.env, cwd = process.cwd()): Config {
  const file = configPath(env, cwd);
  const raw = file ? (parseYaml(readFileSync(file, 'utf8')) ?? {}) : {};
  const settings = parse(ConfigFile, raw, file ?? 'the built-in configuration');
  const level = env.LOG_LEVEL ?? 'info';
  if (!LOG_LEVELS.includes(level))
    throw new RefusedInput('the environment', [`LOG_LEVEL: expected one of ${LOG_LEVELS.join(', ')}`]);
  const { connectionOptions, namespace } = loadClientConnectConfig({
    ...(env === process.env ? {} : { overrideEnvVars: definedOnly(env) }),
  });
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  const stateDir = resolve(cwd, env.SIGNALBOX_STATE ?? '.signalbox');
  const token = secret(env, 'SIGNALBOX_TOKEN');
  const forges = forgeSettings(settings.forges, {
    variable: (name) => env[name] || undefined,
    secret: (name) => secret(env, name),
  });
  const from = file ? dirname(file) : cwd;
  const uiUrl = env.SIGNALBOX_UI_URL ?? 'http://127.0.0.1:8233';
  return {
    file,
    stateDir,
    cacheDir: env.XDG_CACHE_HOME ? join(env.XDG_CACHE_HOME, 'signalbox') : join(homedir(), '.cache/signalbox'),
    installDir: installDirectory(),
    label: settings.label,
    repos: settings.repos.map((repo) => placed(repo, file ? dirname(file) : cwd, forges)),
    forges,
    gateway: { ...settings.gateway, port: port(env, settings.gateway.port), token },
    linear: {
      apiUrl: env.LINEAR_API_URL ?? settings.linear.apiUrl,
      apiKey: secret(env, 'LINEAR_API_KEY'),
    },
    jira: jiraSettings(settings.jira, env),
    slack: {
      ...settings.slack,
      apiUrl: env.SLACK_API_URL ?? settings.slack.apiUrl,
      botToken: secret(env, 'SLACK_BOT_TOKEN'),
      appToken: secret(env, 'SLACK_APP_TOKEN'),
      signingSecrets: secrets(env, 'SLACK_SIGNING_SECRET'),
    },
    webhookSecrets: webhookSecrets(env),
    doors: settings.doors,
    storage: storageSettings(settings.storage, (name) => secret(env, name)),
    worker: {
      ...settings.worker,
      parallelSandboxes: settings.worker.parallelSandboxes ?? Math.min(64, 2 * availableParallelism()),
      roles: parseRoles(env.SIGNALBOX_ROLES) ?? settings.worker.roles,
      host: env.SIGNALBOX_HOST ?? settings.worker.host ?? hostname(),
    },
    people: peopleConfig(settings, env, { stateDir, from }),
    onCall: {
      ...settings.onCall,
      ...(settings.onCall.file !== undefined && { file: resolve(from, settings.onCall.file) }),
      pagerdutyKey: secret(env, 'PAGERDUTY_API_KEY'),
      opsgenieKey: secret(env, 'OPSGENIE_API_KEY'),
    },
    models: {
      providers: modelProviders(settings.models, env, {
        variable: (name) => secret(env, name),
        file: (path, where) => secretFile(resolve(file ? dirname(file) : cwd, path), where),
      }),
      use: settings.models.use,
    },
    metrics: settings.metrics && { url: settings.metrics.prometheus, token: secret(env, 'PROMETHEUS_TOKEN') },
    kpis: settings.kpis,
    budgets: settings.budgets,
    longestQuotaMs: settings.models.quotaDays * 86_400_000,
    sweepEvery: settings.triage.sweepEvery,
    dedupeMs: settings.triage.dedupeDays * 86_400_000,
    fold: settings.triage.fold,
    catalogue: settings.triage.catalogue && resolve(file ? dirname(file) : cwd, settings.triage.catalogue),
    triage: settings.triage,
    incidents: settings.incidents,
    temporal: {
      address,
      given: connectionOptions.address !== undefined,
      namespace: namespace ?? 'default',
      connection: { ...connectionOptions, address },
      uiUrl,
      encryption: placedKeys(settings.encryption, file ? dirname(file) : cwd),
    },
    codecServer: {
      uiOrigin: new URL(settings.codecServer.uiOrigin ?? uiUrl).origin,
      token: secret(env, 'SIGNALBOX_CODEC_TOKEN'),
      jwt: settings.codecServer.jwt,
    },
    log: { level, pretty: env.SIGNALBOX_LOG === 'pretty' },
    traces: env.OTEL_SDK_DISABLED === 'true' ? undefined : env.OTEL_EXPORTER_OTLP_ENDPOINT,
    caFile: env.NODE_EXTRA_CA_CERTS,
    path: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    user: env.USER ?? env.LOGNAME ?? 'operator',
    color: env.NO_COLOR === undefined && env.CI === undefined,
    automated: env.CI !== undefined,
  };
}

/** The configuration as people may see it: secrets are only said to be set. */
export function describe(config: Config): Record<string, unknown> {
  const shown = (value: string | undefined) => (value === undefined ? 'not set' : 'set');
  const { connection: _connection, ...temporal } = config.temporal;
  return {
    ...config,
    gateway: { ...config.gateway, token: shown(config.gateway.token) },
    codecServer: { ...config.codecServer, token: shown(config.codecServer.token) },
    forges: {
      github: {
        ...config.forges.github,
        token: shown(config.forges.github.token),
        app: shown(config.forges.github.app?.id),
      },
      gitea: { ...config.forges.gitea, token: shown(config.forges.gitea.token) },
    },
    people: { ...config.people, token: shown(config.people.token) },
    onCall: {
      ...config.onCall,
      pagerdutyKey: shown(config.onCall.pagerdutyKey),
      opsgenieKey: shown(config.onCall.opsgenieKey),
    },
    linear: {
      ...config.linear,
      apiKey: shown(config.linear.apiKey),
    },
    jira: config.jira && { ...config.jira, token: shown(config.jira.token) },
    slack: {
      ...config.slack,
      botToken: shown(config.slack.botToken),
      appToken: shown(config.slack.appToken),
      signingSecrets: config.slack.signingSecrets.map(shown),
    },
    webhookSecrets: Object.fromEntries(Object.keys(config.webhookSecrets).map((source) => [source, 'set'])),
    ...(config.metrics && { metrics: { ...config.metrics, token: shown(config.metrics.token) } }),
    storage:
      config.storage.kind === 'files'
        ? config.storage
        : { ...config.storage, credentials: shown(config.storage.credentials?.accessKeyId) },
    models: {
      ...config.models,
      providers: config.models.providers.map((provider) => ({ ...provider, apiKey: shown(provider.apiKey) })),
    },
    temporal,
  };
}

/** The environment for a child process that is this same installation, with what it must be told besides. */
export function environmentWith(extra: Readonly<Record<string, string>>): Environment {
  return { ...process.env, ...extra };
}

/** The configuration file that is in force; undefined when there is none. */
export function configPath(env: Environment = process.env, cwd = process.cwd()): string | undefined {
  const named = env.SIGNALBOX_CONFIG;
  if (named) {
    const path = resolve(cwd, named);
    if (!existsSync(path)) throw new RefusedInput('the environment', [`SIGNALBOX_CONFIG: there is no file ${path}`]);
    return path;
  }
  return [join(cwd, 'signalbox.config.yaml'), join(homedir(), '.config/signalbox/signalbox.config.yaml')].find(
    existsSync,
  );
}

/** `<SOURCE>_WEBHOOK_SECRET`, and `<SOURCE>_WEBHOOK_SECRET_PREVIOUS` while a secret is being changed. */
function webhookSecrets(env: Environment): Config['webhookSecrets'] {
  return Object.fromEntries(
    SOURCES.flatMap((source) => {
      const found = secrets(env, `${source.toUpperCase()}_WEBHOOK_SECRET`);
      return found.length > 0 ? [[source, found]] : [];
    }),
  );
}

function jiraSettings(
  { baseUrl, flavour }: { baseUrl?: string | undefined; flavour?: JiraSettings['flavour'] },
  env: Environment,
): JiraSettings | undefined {
  const token = secret(env, 'JIRA_API_TOKEN');
  if (token === undefined) return undefined;
  const served = env.JIRA_BASE_URL || baseUrl;
  if (!served || !URL.canParse(served)) {
    throw new RefusedInput('the environment', [
      'JIRA_BASE_URL: expected where Jira is served, as JIRA_API_TOKEN is set',
    ]);
  }
  return { baseUrl: served, email: env.JIRA_EMAIL || undefined, token, flavour };
}

/** `NAME`, and `NAME_PREVIOUS` while it is being changed. */
function secrets(env: Environment, name: string): readonly string[] {
  return [secret(env, name), secret(env, `${name}_PREVIOUS`)].filter((one) => one !== undefined);
}

/** `NAME`, or the content of the file that `NAME_FILE` points to. */
function secret(env: Environment, name: string): string | undefined {
  const path = env[`${name}_FILE`];
  const value = path ? secretFile(path, `${name}_FILE`) : env[name];
  return value === '' ? undefined : value;
}

function secretFile(path: string, where: string): string | undefined {
  if (!existsSync(path)) throw new RefusedInput('the configuration', [`${where}: there is no file ${path}`]);
  return readFileSync(path, 'utf8').trim() || undefined;
}

function port(env: Environment, fallback: number): number {
  const given = env.PORT;
  if (given === undefined) return fallback;
  const number = Number(given);
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new RefusedInput('the environment', [`PORT: expected a port number, got "${given}"`]);
  }
  return number;
}

/** The paths of a repo are relative to the file that names them. */
function placed({ holdouts, ...repo }: RepoEntry, from: string, forges: ForgeSettings): Repo {
  const known = gitUrl(repo, forges);
  if (known === undefined) {
    throw new RefusedInput('the configuration', [
      `forges.gitea.url: repo ${repo.name} is at Gitea, and nobody says where that is; set it, or GITEA_URL`,
    ]);
  }
  const url = repoUrl(known, from);
  return { ...repo, url, ...(holdouts !== undefined && { holdouts: resolve(from, holdouts) }) };
}

function placedKeys({ keys, ...encryption }: EncryptionSettings, from: string): EncryptionSettings {
  return {
    ...encryption,
    keys: keys.map((key) =>
      'file' in key
        ? { ...key, file: resolve(from, key.file) }
        : { ...key, kms: { ...key.kms, wrapped: resolve(from, key.kms.wrapped) } },
    ),
  };
}

function repoUrl(url: string, from: string): string {
  return /^[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(url) ? url : resolve(from, url);
}

function peopleConfig(
  { people, approvals, gateway }: ConfigFile,
  env: Environment,
  { stateDir, from }: { readonly stateDir: string; readonly from: string },
): PeopleConfig {
  const ours = (name: string) => join(stateDir, 'people', name);
  const host = gateway.host === '0.0.0.0' ? '127.0.0.1' : gateway.host;
  return {
    file: people === undefined ? ours('local-people.yaml') : resolve(from, people),
    local: people === undefined,
    keyFile: approvals.keyFile === undefined ? ours('gateway.key') : resolve(from, approvals.keyFile),
    ownKey: approvals.keyFile === undefined,
    publicKeys: approvals.publicKeys,
    publicKeyFile: ours('gateway.pub'),
    tokenFile: ours('local-token'),
    token: secret(env, 'SIGNALBOX_PERSONAL_TOKEN'),
    gatewayUrl: env.SIGNALBOX_GATEWAY_URL ?? `http://${host}:${port(env, gateway.port)}`,
  };
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The directory with package.json, from source and from dist alike. */
function installDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
