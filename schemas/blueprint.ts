import { z } from 'zod';
import { RoleName, ToolName } from './agent.js';
import { Group } from './people.js';

// `signalbox.yaml`: what a repo declares about itself. Read from the base branch only, so a change cannot loosen
// the rules that judge it.

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'expected lower-case letters, digits and dashes');
const RelativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'expected a path inside the repository');
const Glob = z.string().min(1).max(300);
/** Seconds, as people write them: `90s`, `10m`, `1h`. */
const Duration = z.string().regex(/^[1-9]\d*(s|m|h)$/, 'expected a duration such as 90s, 10m or 1h');

export const TestRunner = z.enum(['node-test', 'jest', 'vitest', 'mocha', 'pytest', 'unittest']);
export type TestRunner = z.infer<typeof TestRunner>;

/** A part of the repo with one language and one test command. */
export const Module = z.strictObject({
  path: RelativePath.describe('Directory of the module, from the root of the repository; "." is the root'),
  language: z.enum(['javascript', 'typescript', 'python']),
  runner: TestRunner,
  sources: z.array(Glob).min(1).describe('Globs of source files, relative to the module'),
  tests: z.array(Glob).min(1).describe('Globs of test files, relative to the module'),
});
export type Module = Readonly<z.infer<typeof Module>>;

/** Installs dependencies once per lockfile content; the only step that may reach a registry. */
export const SetupStep = z.strictObject({
  name: Name,
  in: RelativePath.default('.'),
  command: z.string().min(1),
  lockfiles: z.array(RelativePath).min(1).describe('Files whose content is the cache key, relative to `in`'),
  registries: z
    .array(z.enum(['npm', 'pypi']))
    .default([])
    .describe('Package registries that this step may reach, as this machine is configured to reach them'),
  hosts: z.array(z.string().regex(/^[a-z0-9.-]+$/i, 'expected a host name')).default([]),
  timeout: Duration.default('10m'),
});
export type SetupStep = Readonly<z.infer<typeof SetupStep>>;

/** A command whose exit code and report decide. */
export const Gate = z.strictObject({
  name: Name,
  in: RelativePath.default('.'),
  command: z.string().min(1),
  report: RelativePath.optional().describe(
    'JUnit XML that the command writes, relative to `in`. With a report, at least one test must have run',
  ),
  module: Name.optional().describe('The module whose tests this gate runs'),
  timeout: Duration.default('5m'),
});
export type Gate = Readonly<z.infer<typeof Gate>>;

export const RiskLevel = z.enum(['low', 'medium', 'high']);
export type RiskLevel = z.infer<typeof RiskLevel>;

/** What may wait for people. */
export const ApprovalAction = z.enum(['merge', 'raise-budget']);
export type ApprovalAction = z.infer<typeof ApprovalAction>;

/** Who has to say yes to what. All rules that apply must be met; one person may count for several. */
export const ApprovalRule = z.strictObject({
  actions: z.array(ApprovalAction).min(1).optional().describe('By default every action'),
  risks: z.array(RiskLevel).min(1).optional().describe('By default every risk'),
  paths: z.array(Glob).min(1).optional().describe('Applies when one of them is changed; by default always'),
  from: Group.default({}).describe('Who counts; by default every active person'),
  count: z.number().int().min(1).max(10).default(1).describe('How many of them'),
});
export type ApprovalRule = Readonly<z.infer<typeof ApprovalRule>>;

/** Whoever may answer as well when nobody has done so in time. */
export const Escalation = z.strictObject({
  after: Duration.describe('Of the time since the question'),
  to: Group,
});
export type Escalation = Readonly<z.infer<typeof Escalation>>;

/** What a model may decide about an item by itself. `ask`: a person says yes first. */
export const TriagePolicy = z.strictObject({
  decline: z.enum(['ask', 'do']).default('ask').describe('Leave an item that is no work on this code'),
  split: z.enum(['ask', 'do']).default('ask').describe('Make several items of one that holds several wishes'),
});
export type TriagePolicy = Readonly<z.infer<typeof TriagePolicy>>;

export const Policy = z.strictObject({
  protected: z
    .array(Glob)
    .default([])
    .describe('Paths whose change needs a person, besides the ones that are always protected'),
  approveAbove: RiskLevel.default('low').describe('Changes riskier than this wait for a person'),
  maxChangedLines: z.number().int().positive().default(400),
  approvalReminder: Duration.default('4h'),
  approvalDeadline: Duration.default('72h'),
  heartbeat: Duration.default('24h').describe('Tickets hear of a mission at least so often, also when nothing happens'),
  approvals: z.array(ApprovalRule).max(50).default([]).describe('Where none applies, any one active person is enough'),
  escalation: z.array(Escalation).max(10).default([]),
  triage: TriagePolicy.optional(),
});
export type Policy = Readonly<z.infer<typeof Policy>>;

export const Limits = z.strictObject({
  parallelTasks: z.number().int().min(1).max(50).default(4),
  iterationsPerTask: z.number().int().min(1).max(50).default(4),
  replans: z.number().int().min(0).max(20).default(3),
  taskWallTime: Duration.default('15m'),
  repairCandidates: z.number().int().positive().default(2000),
  repairSeconds: z.number().int().positive().default(60),
  memoryMiB: z.number().int().min(64).default(2048),
  processes: z.number().int().min(8).default(256),
  diskMiB: z.number().int().min(16).default(2048),
  hungAfter: Duration.default('10m').describe(
    'A command in the sandbox that neither says anything nor uses processors for so long is ended',
  ),
  turnsPerTask: z.number().int().min(1).max(2000).default(80).describe('Model calls of one agent on one task'),
});
export type Limits = Readonly<z.infer<typeof Limits>>;

/** What a role of this repo may use and touch. What is left out is as built in. */
export const RolePolicy = z.strictObject({
  models: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Its ladder, cheapest first: names of models of this installation, or `small` and `strong`'),
  tools: z.array(ToolName).optional().describe('Of the tools that the role has; it can never get others'),
  allow: z.array(Glob).optional().describe('Paths that it may change'),
  deny: z.array(Glob).default([]).describe('Paths that it may not change, whatever `allow` says'),
  usd: z.number().positive().optional().describe('Most that one task of this role may cost, in US dollars'),
  turns: z.number().int().min(1).max(2000).optional(),
  thinkingTokens: z.number().int().min(0).max(100_000).optional(),
  instructions: RelativePath.optional().describe('A file of the base branch, given to the role as context'),
});
export type RolePolicy = Readonly<z.infer<typeof RolePolicy>>;

/** Caps of a whole mission, its tasks and reviews included. */
export const MissionBudget = z.strictObject({
  usd: z.number().positive().default(5),
  tokens: z.number().int().positive().default(10_000_000).describe('Also when no price is known'),
  steerAt: z.number().min(0.1).max(1).default(0.8).describe('Share of the budget at which agents are told to finish'),
});
export type MissionBudget = Readonly<z.infer<typeof MissionBudget>>;

export const Lens = z.enum(['correctness', 'security', 'simplicity', 'tests']);
export type Lens = z.infer<typeof Lens>;

export const ReviewPolicy = z.strictObject({
  lenses: z.array(Lens).default(['correctness', 'security', 'simplicity', 'tests']),
  bar: z.enum(['should', 'must']).default('should').describe('Findings from here on must be fixed or disputed'),
  rounds: z.number().int().min(1).max(10).default(3).describe('After these a person decides what is still open'),
});
export type ReviewPolicy = Readonly<z.infer<typeof ReviewPolicy>>;

/** How hold-out scenarios gate. The scenarios themselves are kept by the operator, outside of the repository. */
export const Satisfaction = z.strictObject({
  runs: z.number().int().min(1).max(200).default(10),
  atLeast: z.number().min(0).max(1).default(0.6).describe('For the lower bound of the Wilson interval'),
  confidence: z.number().min(0.5).max(0.999).default(0.95),
});
export type Satisfaction = Readonly<z.infer<typeof Satisfaction>>;

export const Blueprint = z
  .strictObject({
    version: z.literal(1),
    modules: z.record(Name, Module),
    setup: z.array(SetupStep).default([]),
    gates: z.array(Gate).min(1),
    scenarios: z.array(Gate).default([]).describe('End-to-end checks that end every mission'),
    policy: Policy.prefault({}),
    limits: Limits.prefault({}),
    roles: z.partialRecord(RoleName, RolePolicy).default({}),
    context: z.array(RelativePath).default([]).describe('Files that every agent is given, as text without authority'),
    budget: MissionBudget.prefault({}),
    review: ReviewPolicy.prefault({}),
    satisfaction: Satisfaction.prefault({}),
    redact: z.array(z.string().min(3)).default([]).describe('Words that traces and prompts never show'),
  })
  .superRefine((blueprint, context) => {
    const seen = new Set<string>();
    for (const [list, gates] of [
      ['gates', blueprint.gates],
      ['scenarios', blueprint.scenarios],
    ] as const) {
      for (const [index, gate] of gates.entries()) {
        if (seen.has(gate.name)) {
          context.addIssue({ code: 'custom', path: [list, index, 'name'], message: `"${gate.name}" is used twice` });
        }
        seen.add(gate.name);
        if (gate.module && !Object.hasOwn(blueprint.modules, gate.module)) {
          const known = Object.keys(blueprint.modules).join(', ') || 'none';
          context.addIssue({
            code: 'custom',
            path: [list, index, 'module'],
            message: `"${gate.module}" is not a module; expected one of: ${known}`,
          });
        }
      }
    }
  });
export type Blueprint = Readonly<z.infer<typeof Blueprint>>;
