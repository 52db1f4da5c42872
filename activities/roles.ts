import { posix } from 'node:path';
import type { RoleName, Scope, ToolName } from '../schemas/agent.js';
import type { Blueprint } from '../schemas/blueprint.js';
import type { Tier } from '../schemas/model.js';
import { CODER } from './prompts/coder.js';
import { CRITIC } from './prompts/critic.js';
import { INCIDENT_ANALYST } from './prompts/incident-analyst.js';
import { PLANNER } from './prompts/planner.js';
import type { Prompt } from './prompts/prompt.js';
import { REVIEWER } from './prompts/reviewer.js';
import { TESTER } from './prompts/tester.js';
import { TRIAGER } from './prompts/triager.js';
import { WRITER } from './prompts/writer.js';
import { FOR_PEOPLE_ONLY } from './review.js';

/** What a role is, may use and may cost, with its output in `ROLE_OUTPUTS`. Its version is that of its prompt. */
export interface RoleContract {
  readonly prompt: Prompt;
  /** In the order in which models are told of them. */
  readonly tools: readonly ToolName[];
  /** Globs that it may change; `tests`: the test files of the blueprint's modules. */
  readonly allow: readonly string[] | 'tests';
  /** Most calls of models; null: as many as the blueprint's limits give a task. */
  readonly turns: number | null;
  /** Most US dollars of one session. */
  readonly usd: number;
  readonly thinkingTokens: number;
  /** Tiers of its ladder, the first one first. */
  readonly ladder: readonly Tier[];
}

const LOOK: readonly ToolName[] = ['list', 'read', 'search', 'view_image'];
const CHANGE: readonly ToolName[] = [...LOOK, 'edit', 'patch'];
const END: readonly ToolName[] = ['submit', 'cannot_do'];
const SMALL_FIRST: readonly Tier[] = ['small', 'strong'];
/** Where a wrong answer costs more than the call: nothing cheaper is tried before. */
const STRONG: readonly Tier[] = ['strong'];

export const ROLES: Readonly<Record<RoleName, RoleContract>> = {
  planner: {
    prompt: PLANNER,
    tools: [...LOOK, 'note', ...END, 'ask'],
    allow: [],
    turns: 40,
    usd: 1,
    thinkingTokens: 8_000,
    ladder: STRONG,
  },
  critic: {
    prompt: CRITIC,
    tools: [...LOOK, 'note', ...END],
    allow: [],
    turns: 20,
    usd: 0.5,
    thinkingTokens: 4_000,
    ladder: STRONG,
  },
  coder: {
    prompt: CODER,
    tools: [...CHANGE, 'run', 'note', ...END, 'split_me', 'ask'],
    // The task says where; what the role may never touch is denied to every role.
    allow: ['**'],
    turns: null,
    usd: 2,
    thinkingTokens: 4_000,
    ladder: SMALL_FIRST,
  },
  tester: {
    prompt: TESTER,
    tools: [...CHANGE, 'run', 'note', ...END, 'ask'],
    allow: 'tests',
    turns: null,
    usd: 1,
    thinkingTokens: 4_000,
    ladder: SMALL_FIRST,
  },
  reviewer: {
    prompt: REVIEWER,
    // It may run what it doubts; the empty scope takes back what that changes.
    tools: [...LOOK, 'run', 'note', ...END],
    allow: [],
    turns: 30,
    usd: 0.5,
    thinkingTokens: 8_000,
    ladder: STRONG,
  },
  writer: {
    prompt: WRITER,
    tools: [...CHANGE, 'note', ...END, 'split_me', 'ask'],
    allow: ['**/*.md', 'docs/**'],
    turns: null,
    usd: 1,
    thinkingTokens: 0,
    ladder: SMALL_FIRST,
  },
  triager: {
    prompt: TRIAGER,
    // It is the one that reads what any stranger may send, so it has nothing to act with; to ask is one of its answers.
    tools: END,
    allow: [],
    turns: 5,
    usd: 0.1,
    thinkingTokens: 0,
    ladder: SMALL_FIRST,
  },
  'incident-analyst': {
    prompt: INCIDENT_ANALYST,
    tools: [...LOOK, 'run', 'note', ...END],
    allow: [],
    turns: 40,
    usd: 1,
    thinkingTokens: 8_000,
    ladder: STRONG,
  },
};

/** Nobody's to change, whatever a blueprint or a task says. */
const NEVER: readonly string[] = [...FOR_PEOPLE_ONLY, '**/.git', '**/.git/**'];

/** A role as one repo and one task leave it. */
export interface RoleTerms extends Pick<RoleContract, 'prompt' | 'tools' | 'ladder' | 'thinkingTokens'> {
  readonly scope: Scope;
  readonly maxTurns: number;
  readonly maxUsd: number;
  /** The ladder that the blueprint names instead. */
  readonly models?: readonly string[];
  /** A file of the base. */
  readonly instructions?: string;
}

/** What the role has, narrowed by the repo's policy and the task's scope. Neither can add a tool or a path. */
export function termsOf(
  role: RoleName,
  blueprint: Pick<Blueprint, 'roles' | 'modules' | 'limits'>,
  task: Scope = { allow: ['**'], deny: [] },
): RoleTerms {
  const contract = ROLES[role];
  const policy = blueprint.roles[role];
  const { turnsPerTask } = blueprint.limits;
  const allow = contract.allow === 'tests' ? testsOf(blueprint.modules) : contract.allow;
  const narrowed = [policy?.allow ?? ['**'], task.allow, ...(task.narrowed ?? [])].filter((globs) => !isAll(globs));
  return {
    prompt: contract.prompt,
    // A role that can't end its work would go on until its money is gone.
    tools: contract.tools.filter((tool) => END.includes(tool) || (policy?.tools ?? contract.tools).includes(tool)),
    ladder: contract.ladder,
    thinkingTokens: policy?.thinkingTokens ?? contract.thinkingTokens,
    scope: {
      allow: [...allow],
      deny: [...new Set([...NEVER, ...(policy?.deny ?? []), ...task.deny])],
      ...(narrowed.length > 0 && { narrowed }),
    },
    maxTurns: policy?.turns ?? Math.min(contract.turns ?? turnsPerTask, turnsPerTask),
    maxUsd: policy?.usd ?? contract.usd,
    ...(policy?.models && { models: policy.models }),
    ...(policy?.instructions !== undefined && { instructions: policy.instructions }),
  };
}

function isAll(globs: readonly string[]): boolean {
  return globs.length === 1 && globs[0] === '**';
}

/** From the root of the repository. */
function testsOf(modules: Blueprint['modules']): string[] {
  return Object.values(modules).flatMap(({ path, tests }) => tests.map((glob) => posix.join(path, glob)));
}
