import type { DoorsSection } from './door-settings.js';
import type { EncryptionSettings } from './encryption.js';
import type { ForgeSettings, Repo } from './forge-settings.js';
import type { IncidentsSection } from './incident.js';
import type { KpiSettings } from './kpi.js';
import type { ModelSettings } from './model-settings.js';
import type { OnCallSection } from './on-call.js';
import type { BudgetsSection } from './scope.js';
import type { SlackSection } from './slack-settings.js';
import type { Source } from './source.js';
import type { StorageSettings } from './storage-settings.js';
import type { DeclineRule, TriageEscalation, TriageModels } from './triage-settings.js';
import type { WorkerRole } from './worker-roles.js';

// What an installation is made of, when file and environment are read. Paths are absolute.

export interface JiraSettings {
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
  /** Whether signals about the same fault become one mission. */
  readonly fold: boolean;
  /** Path of services.yaml. */
  readonly catalogue: string | undefined;
  readonly triage: {
    /** Who is told of an item about which nobody has decided. */
    readonly escalation: TriageEscalation;
    readonly decline: readonly DeclineRule[];
    readonly models: TriageModels;
  };
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
