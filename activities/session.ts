import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import type { OpenedSession, OpenSession, RoleName, Route, Session, ToolName } from '../schemas/agent.js';
import { type Blueprint, Lens } from '../schemas/blueprint.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ToolSpec } from '../schemas/model.js';
import { globsOverlap } from '../schemas/plan-rules.js';
import { redactor } from '../schemas/redact.js';
import { ROLE_OUTPUTS } from '../schemas/role-output.js';
import { TOOL_DESCRIPTIONS, TOOL_INPUTS } from '../schemas/tool.js';
import { briefing, type ToldPart } from './brief.js';
import { append, estimateTokens } from './conversation.js';
import { permanent } from './failure.js';
import { loadBlueprint } from './host.js';
import type { Blobs, Depot } from './ports.js';
import type { Models } from './ports-models.js';
import type { Ledger } from './ports-records.js';
import { LENSES } from './prompts/reviewer.js';
import { type RoleTerms, termsOf } from './roles.js';
import { routeFor } from './route.js';

/** Of one file of the base that is given to an agent. */
const FILE_CHARACTERS = 20_000;
const AGENTS_FILE = 'AGENTS.md';
/** Besides the one at the root; an agent can read the others itself. */
const NESTED_FILES = 8;

export interface SessionPorts {
  readonly blobs: Blobs;
  readonly depot: Pick<Depot, 'list' | 'read'>;
  readonly models: Pick<Models, 'cards'>;
  readonly ledger: Ledger;
}

export function createSessionActivities({ blobs, depot, models, ledger }: SessionPorts) {
  return {
    /**
     * Who the agent is, which models it gets, what it may use and touch, and what it is told first. Equal requests over
     * an equal ledger make equal blobs. Fails for good with `ModelRefused` when no model may be used.
     */
    async openSession(input: OpenSession): Promise<OpenedSession> {
      const { role, kind, repo, avoid = [] } = input;
      const blueprint = await loadBlueprint(blobs, input.blueprint);
      const terms = termsOf(role, blueprint, input.scope);
      const route = routeFor({
        ...{ role, kind, cards: models.cards, ladder: terms.ladder, avoid, history: await ledger.read(repo) },
        ...(terms.models && { models: terms.models }),
      });
      if (route.rungs.length === 0) throw noModel(role, terms, route);
      const system = systemOf(terms, input.lens);
      const name = `${role}@${terms.prompt.version}`;
      const sha256 = createHash('sha256').update(system).digest('hex');
      const session: Session = {
        version: 1,
        key: input.key,
        role,
        prompt: { name, sha256 },
        system,
        tools: terms.tools.map((tool) => toolSpec(tool, role)),
        scope: terms.scope,
        repo,
        near: input.near,
        blueprint: input.blueprint,
        rungs: [...route.rungs],
        thinkingTokens: terms.thinkingTokens,
      };
      const parts = [...(await baseParts(depot, input, blueprint, terms)), boundsPart(terms), ...input.brief];
      const message = await briefing(blobs, parts, redactor(blueprint.redact));
      return {
        session: (await blobs.put(JSON.stringify(session), 'application/json')).sha256,
        conversation: await append(blobs, { version: 1, messages: [], outputs: [] }, [message]),
        prompt: `${name} sha256:${sha256.slice(0, 12)}`,
        route,
        context: estimateTokens(system) + estimateTokens(JSON.stringify(session.tools)) + estimateTokens(message),
        maxTurns: terms.maxTurns,
        maxUsd: terms.maxUsd,
      };
    },

    /** What the router learns from. Told twice, it counts once. */
    async recordAttempt(entry: LedgerEntry): Promise<void> {
      await ledger.append(entry);
    },
  };
}

export type SessionActivities = ReturnType<typeof createSessionActivities>;

function noModel(role: RoleName, { models }: RoleTerms, { dropped }: Route) {
  const mend = models
    ? `mend \`roles.${role}.models\` in signalbox.yaml, or configure these models`
    : 'configure a model for this installation, see `models` in signalbox.config.example.yaml';
  const reasons = dropped.map(({ model, because }) => `\n  ${model}: ${because}`).join('');
  return permanent('ModelRefused', `there is no model for the ${role}: ${mend}${reasons}`);
}

function systemOf({ prompt }: RoleTerms, lens: string | undefined): string {
  if (lens === undefined) return prompt.text;
  const known = Lens.safeParse(lens);
  if (!known.success) throw permanent('BadInput', `expected a lens, one of ${Lens.options.join(', ')}: ${lens}`);
  return `${prompt.text}\n\n${LENSES[known.data]}`;
}

/** Told to models as JSON Schema; what they ask for is checked against the same schema. */
export function toolSpec(name: ToolName, role: RoleName): ToolSpec {
  const input = name === 'submit' ? ROLE_OUTPUTS[role] : TOOL_INPUTS[name];
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input' });
  return { name, description: TOOL_DESCRIPTIONS[name], inputSchema };
}

/** Told so that nobody works on what is then taken back. */
function boundsPart({ scope: { allow, narrowed = [], deny }, maxTurns }: RoleTerms): ToldPart {
  const lists = [allow, ...narrowed];
  const may = lists.some((globs) => globs.length === 0)
    ? ['You may not change any file: what your tools leave in files is undone.']
    : [
        'You may change files whose path matches all of these lines. Changes elsewhere are undone.',
        // Globs of a plan are words of a model: they stay on their line.
        ...lists.map((globs) => `- ${globs.join(', ').replace(/\s+/g, ' ')}`),
        `But never: ${deny.join(', ').replace(/\s+/g, ' ')}`,
      ];
  const text = [...may, `You have at most ${maxTurns} turns: one answer with its calls of tools is a turn.`].join('\n');
  return { title: 'Your bounds', from: 'signalbox', own: true, text };
}

/** What the repository says to agents, as its base branch has it: a change can't bring its own instructions. */
async function baseParts(
  depot: SessionPorts['depot'],
  { repo, near }: OpenSession,
  { context }: Blueprint,
  { scope, instructions }: RoleTerms,
): Promise<ToldPart[]> {
  const paths = await depot.list(repo, near);
  const nested = paths.filter((path) => path.endsWith(`/${AGENTS_FILE}`) && mayTouch(posix.dirname(path)));
  const nearestFirst = nested.sort((one, other) => depth(one) - depth(other));
  const own = instructions === undefined ? [] : [posix.normalize(instructions)];
  const named = [...context.map((path) => posix.normalize(path)), ...own];
  const parts: ToldPart[] = [];
  for (const path of new Set([AGENTS_FILE, ...nearestFirst.slice(0, NESTED_FILES), ...named])) {
    const text = await depot.read(repo, near, path);
    const title = own.includes(path) ? `Instructions of this repository for your role: ${path}` : path;
    if (text !== undefined) parts.push({ title, from: `${path} of the base`, text, most: FILE_CHARACTERS });
    else if (named.includes(path)) parts.push({ title, from: 'signalbox', own: true, text: MISSING });
  }
  return parts;

  function mayTouch(directory: string): boolean {
    const lists = [scope.allow, ...(scope.narrowed ?? [])];
    return lists.every((globs) => globs.some((glob) => globsOverlap(glob, `${directory}/**`)));
  }
}

const MISSING = 'signalbox.yaml names this file, but the base branch has no such file.';

function depth(path: string): number {
  return path.split('/').length;
}
