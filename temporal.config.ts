import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { DoorsSection } from './schemas/door-settings.js';
import { EncryptionSection, type EncryptionSettings } from './schemas/encryption.js';
import {
  type ForgeSettings,
  ForgesSection,
  forgeProblems,
  forgeSettings,
  gitUrl,
  type Repo,
  RepoEntry,
} from './schemas/forge-settings.js';
import { IncidentsSection } from './schemas/incident.js';
import { KpiSettings } from './schemas/kpi.js';
import { modelProviders } from './schemas/model-providers.js';
import { type ModelSettings, ModelsSection, modelProblems } from './schemas/model-settings.js';
import { OnCallSection } from './schemas/on-call.js';
import { parse, RefusedInput } from './schemas/parse.js';
import { BudgetsSection } from './schemas/scope.js';
import { SlackSection } from './schemas/slack-settings.js';
import { SOURCES, type Source } from './schemas/source.js';
import { StorageSection, type StorageSettings, storageSettings } from './schemas/storage-settings.js';
import { parseRoles, type WorkerRole, WorkerRoles } from './schemas/worker-roles.js';

// The only reader of the environment. Everybody else is handed the parts of `Config` that they need.

/** `signalbox.config.yaml`: what an installation is. Secrets are not here but in the environment. */
const ConfigFile = z.strictObject({
  label: z.string().min(1).default('signalbox').describe('The label that makes a ticket a mission'),
  repos: z.array(RepoEntry).default([]),
  gateway: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.number().int().min(0).max(65535).default(8180) })
    .prefault({}),
  forges: ForgesSection.prefault({}).describe('Where GitHub and Gitea are; see docs/forges.md'),
  doors: DoorsSection.prefault({}).describe('What comes in; see docs/doors.md'),
  linear: z.strictObject({ apiUrl: z.url().default('https://api.linear.app/graphql') }).prefault({}),
  jira: z
    .strictObject({
      baseUrl: z.url().optional().describe('Where Jira is served; also as JIRA_BASE_URL'),
      flavour: z.enum(['cloud', 'data-center']).optional().describe('By default by the host name'),
    })
    .prefault({}),
  slack: SlackSection.prefault({}).describe('See docs/slack.md'),
  storage: StorageSection.default({ kind: 'files' }),
  worker: z
    .strictObject({
      roles: WorkerRoles,
      host: z
        .string()
        .regex(/^[A-Za-z0-9._-]+$/)
        .optional()
        .describe("Name of this sandbox host; by default the machine's"),
      parallelSandboxes: z
        .number()
        .int()
        .min(1)
        .max(64)
        .default(Math.min(64, 2 * availableParallelism()))
        .describe('Most steps at once from the queue of all hosts, and as many from the queue of this one'),
      cachedWorkflows: z.number().int().min(1).default(500),
      disk: z
        .strictObject({
          cachesGiB: z.number().positive().default(20).describe('Of shared checkouts and set-up layers'),
          quarantineGiB: z.number().positive().default(2).describe('Of work of killed workers that no snapshot has'),
          quarantineDays: z.number().positive().default(14),
          freeGiB: z.number().min(0).default(1).describe('With less than this free, no workspace is opened'),
        })
        .prefault({}),
      parallelModelCalls: z.number().int().min(1).max(200).default(8).describe('Calls of models at once'),
    })
    .prefault({}),
  models: ModelsSection.prefault({}),
  metrics: z
    .strictObject({ prometheus: z.url().describe('Anything that speaks its HTTP API') })
    .optional()
    .describe('Where figures come from; the token is PROMETHEUS_TOKEN'),
  kpis: z
    .array(KpiSettings)
    .refine((kpis) => new Set(kpis.map(({ name }) => name)).size === kpis.length, 'two figures have the same name')
    .default([])
    .describe('Figures that are watched; see docs/monitors.md'),
  budgets: BudgetsSection.prefault({}).describe('What missions may cost together; see docs/budgets.md'),
  people: z.string().min(1).optional().describe('people.yaml: who people are; see docs/people.md'),
  onCall: OnCallSection.prefault({}).describe('Who is on call; see docs/people.md'),
  approvals: z
    .strictObject({
      keyFile: z.string().min(1).optional().describe("The gateway's Ed25519 key; `signalbox people key` makes one"),
      publicKeys: z
        .array(z.base64())
        .max(4)
        .default([])
        .describe('Its public half, for workers that have another state directory than the gateway; a new one first'),
    })
    .prefault({}),
  encryption: EncryptionSection.prefault({}),
  codecServer: z
    .strictObject({
      uiOrigin: z
        .url()
        .optional()
        .describe('Of Temporal UI, whose pages alone may call; by default of SIGNALBOX_UI_URL'),
      jwt: z
        .strictObject({ issuer: z.string().min(1), audience: z.string().min(1), jwksUrl: z.url() })
        .optional()
        .describe('The identity provider whose access tokens Temporal UI passes on'),
    })
    .prefault({}),
  triage: z
    .strictObject({
      sweepEvery: z
        .string()
        .regex(/^[1-9]\d*(s|m|h)$/, 'expected a duration such as 90s, 10m or 1h')
        .default('10m')
        .describe('How often trackers are looked through for what no webhook told of'),
      dedupeDays: z.number().positive().default(7).describe('How long a redelivery is still recognised'),
      catalogue: z.string().min(1).optional().describe('services.yaml: which code a service is; see docs/triage.md'),
    })
    .prefault({}),
  incidents: IncidentsSection.prefault({}).describe('What alerts lead to; see docs/triage.md'),
});

interface JiraSettings {
  readonly baseUrl: string;
  readonly email: string | undefined;
  readonly token: string;
  readonly flavour: 'cloud' | 'data-center' | undefined;
}

export interface Config {
  readonly file: string | undefined;
  readonly stateDir: string;
  /** Of this user, for what every installation can share. */
  readonly cacheDir: string;
  readonly installDir: string;
  readonly label: string;
  readonly repos: readonly Repo[];
  readonly forges: ForgeSettings;
  readonly gateway: { readonly host: string; readonly port: number; readonly token: string | undefined };
  readonly linear: {
    readonly apiUrl: string;
    readonly apiKey: string | undefined;
  };
  /** Undefined without a token. Without an e-mail address the token is a personal access token. */
  readonly jira: JiraSettings | undefined;
  readonly slack: SlackSection & {
    readonly botToken: string | undefined;
    /** For Socket Mode. */
    readonly appToken: string | undefined;
    /** The one in force, and the one before it. */
    readonly signingSecrets: readonly string[];
  };
  /** By source: the secret in force, and the one before it. A source without any has no door. */
  readonly webhookSecrets: Readonly<Partial<Record<Source, readonly string[]>>>;
  readonly doors: DoorsSection;
  readonly storage: StorageSettings;
  readonly worker: {
    readonly roles: readonly WorkerRole[];
    readonly host: string;
    readonly parallelSandboxes: number;
    readonly cachedWorkflows: number;
    readonly parallelModelCalls: number;
    readonly disk: {
      readonly cachesGiB: number;
      readonly quarantineGiB: number;
      readonly quarantineDays: number;
      readonly freeGiB: number;
    };
  };
  readonly people: PeopleConfig;
  readonly onCall: OnCallSection & {
    readonly pagerdutyKey: string | undefined;
    readonly opsgenieKey: string | undefined;
  };
  readonly models: ModelSettings;
  readonly metrics: { readonly url: string; readonly token: string | undefined } | undefined;
  readonly kpis: readonly KpiSettings[];
  readonly budgets: BudgetsSection;
  readonly longestQuotaMs: number;
  readonly dedupeMs: number;
  /** A duration such as `10m`. */
  readonly sweepEvery: string;
  /** Path of services.yaml. */
  readonly catalogue: string | undefined;
  readonly incidents: IncidentsSection;
  readonly temporal: {
    readonly address: string;
    /** False: nobody named a server, so the development server is meant. */
    readonly given: boolean;
    readonly namespace: string;
    readonly connection: Readonly<Record<string, unknown>>;
    readonly uiUrl: string;
    /** Of payloads. Paths are absolute; the keys themselves are not here. */
    readonly encryption: EncryptionSettings;
  };
  /** Of the gateway, for Temporal UI; off without a token and a provider. */
  readonly codecServer: {
    readonly uiOrigin: string;
    readonly token: string | undefined;
    readonly jwt: { readonly issuer: string; readonly audience: string; readonly jwksUrl: string } | undefined;
  };
  readonly log: { readonly level: string; readonly pretty: boolean };
  /** OTLP address for traces; undefined keeps them here. */
  readonly traces: string | undefined;
  readonly caFile: string | undefined;
  readonly path: string;
  readonly user: string;
  readonly color: boolean;
  /** No person follows this run. */
  readonly automated: boolean;
}

/** Who people are, and how an answer of theirs is told from a forgery. All paths are absolute. */
export interface PeopleConfig {
  readonly file: string;
  /** Nobody wrote one: ours stands in, with the user of this machine as the one person. */
  readonly local: boolean;
  readonly keyFile: string;
  /** Nobody made one: the gateway does. */
  readonly ownKey: boolean;
  readonly publicKeys: readonly string[];
  /** Where the gateway leaves the public half of a key of its own. */
  readonly publicKeyFile: string;
  /** Of the local person. */
  readonly tokenFile: string;
  /** Of whoever uses the CLI. */
  readonly token: string | undefined;
  readonly gatewayUrl: string;
}

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
    catalogue: settings.triage.catalogue && resolve(file ? dirname(file) : cwd, settings.triage.catalogue),
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

export interface Problem {
  readonly problem: string;
  readonly remedy: string;
}

/** Everything that would stop this part of Signalbox from working, each with what to do about it. */
export function preflight(config: Config, part: 'gateway' | 'worker' | 'cli'): Problem[] {
  const problems: Problem[] = [];
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    problems.push({ problem: `Node ${process.versions.node} is too old`, remedy: 'install Node 20.19 or newer' });
  }
  if (part === 'cli') return problems;
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
  { people, approvals, gateway }: z.infer<typeof ConfigFile>,
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
