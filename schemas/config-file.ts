import { z } from 'zod';
import { DoorsSection } from './door-settings.js';
import { EncryptionSection } from './encryption.js';
import { ForgesSection, RepoEntry } from './forge-settings.js';
import { IncidentsSection } from './incident.js';
import { KpiSettings } from './kpi.js';
import { ModelsSection } from './model-settings.js';
import { OnCallSection } from './on-call.js';
import { BudgetsSection } from './scope.js';
import { SlackSection } from './slack-settings.js';
import { StorageSection } from './storage-settings.js';
import { DeclineRule, TriageEscalation, TriageModels } from './triage-settings.js';
import { WorkerRoles } from './worker-roles.js';

/** `signalbox.config.yaml`: what an installation is. Secrets are not here but in the environment. */
export const ConfigFile = z.strictObject({
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
        .optional()
        .describe(
          'Most steps at once from the queue of all hosts, and as many from the queue of this one; by default two for each processor',
        ),
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
      fold: z.boolean().default(true).describe('Whether signals about the same fault become one mission'),
      catalogue: z.string().min(1).optional().describe('services.yaml: which code a service is; see docs/triage.md'),
      decline: z
        .array(DeclineRule)
        .max(100)
        .default([{ label: 'wontfix' }, { label: 'invalid' }])
        .describe('Items that are left alone; see docs/triage.md'),
      models: TriageModels.prefault({}).describe('Where rules end; see docs/triage.md'),
      escalation: TriageEscalation.prefault({}).describe('Who is told before 24 hours are over; see docs/triage.md'),
    })
    .prefault({}),
  incidents: IncidentsSection.prefault({}).describe('What alerts lead to; see docs/triage.md'),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
