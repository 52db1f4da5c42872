import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { BriefPart, RoleName } from '../schemas/agent.js';
import { describeUsd, usdOf, worstCase } from '../schemas/cost.js';
import type { ModelAnswer, ModelRequest } from '../schemas/model.js';
import { RefusedInput } from '../schemas/parse.js';
import { briefing } from './brief.js';
import { CallProgress } from './call-progress.js';
import { estimateTokens } from './conversation.js';
import type { Permission } from './halt.js';
import { beating } from './host.js';
import { metered } from './metered.js';
import { askInTurn } from './model-choice.js';
import type { ModelHealth } from './model-health.js';
import { cleaned } from './plan-draft.js';
import type { Blobs } from './ports.js';
import type { Meter, Models, PaidAnswers } from './ports-models.js';
import { ROLES } from './roles.js';
import { routeFor } from './route.js';
import { toolSpec } from './session.js';
import { checkCalls } from './tool-calls.js';
import { oneLine } from './tool-text.js';

// One call of a model for one opinion. The role has nothing but an answer: no workspace, no turns, no second try.

export interface OpinionPorts {
  readonly models: Models;
  readonly blobs: Pick<Blobs, 'get' | 'put'>;
  readonly answers: PaidAnswers;
  readonly health: ModelHealth;
  readonly meter: Meter;
  readonly permitted: Permission;
  readonly longestQuotaMs: number;
}

export interface OneQuestion {
  readonly role: Extract<RoleName, 'triager' | 'incident-analyst'>;
  /** Under which the paid answer is kept. */
  readonly key: string;
  readonly kind: string;
  /** For figures; empty while it is not known. */
  readonly repo: string;
  readonly brief: readonly BriefPart[];
  /** US dollars that the call may cost at most. */
  readonly maxUsd: number;
  readonly maxOutputTokens: number;
}

/** What the role handed in, by its schema; or why there is nothing. */
export type OneAnswer = { readonly model?: string; readonly usd: number | null } & (
  | { readonly output: unknown }
  | { readonly none: string }
);

const HOW: BriefPart = {
  title: 'How to answer',
  from: 'signalbox',
  own: true,
  text: 'This is one question, without a workspace and without another turn: answer with exactly one call of submit or of cannot_do. What you can not know from what is quoted here, you do not know.',
};

/** Fails as calls of models do; what makes no sense is no failure but no opinion. */
export async function askOnce(ports: OpinionPorts, question: OneQuestion): Promise<OneAnswer> {
  const { role, kind, repo, maxUsd } = question;
  const { prompt, ladder, thinkingTokens } = ROLES[role];
  const [rung] = routeFor({ role, kind, cards: ports.models.cards, ladder, history: [] }).rungs;
  if (!rung) return { none: 'no model may be used for it', usd: 0 };
  const request: Omit<ModelRequest, 'model'> = {
    system: prompt.text,
    tools: [toolSpec('submit', role), toolSpec('cannot_do', role)],
    messages: [await briefing(ports.blobs, [...question.brief, HOW], (text) => text)],
    maxOutputTokens: Math.min(question.maxOutputTokens, rung.maxOutputTokens),
    thinkingTokens: Math.min(thinkingTokens, Math.floor(question.maxOutputTokens / 2)),
  };
  const size = estimateTokens(JSON.stringify([request.system, request.tools, request.messages]));
  const worst = worstCase(size, request.maxOutputTokens, rung.price);
  if ((worst.usd ?? 0) > maxUsd) {
    return { none: `a call may cost ${describeUsd(worst.usd)}, and ${describeUsd(maxUsd)} is left for it`, usd: 0 };
  }
  const key = `${question.key}/${createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 32)}`;
  const answer = (await ports.answers.get(key)) ?? (await paid(ports, { role, repo }, rung.models, request, key));
  const { model, usage } = answer;
  const price = ports.models.cards.find(({ name }) => name === model)?.price ?? null;
  return { model, usd: usdOf(usage, price), ...handedIn(answer, role) };
}

async function paid(
  { models, answers, health, meter, permitted, longestQuotaMs }: OpinionPorts,
  whose: { readonly role: string; readonly repo: string },
  names: readonly string[],
  request: Omit<ModelRequest, 'model'>,
  key: string,
): Promise<ModelAnswer> {
  const { answer } = await beating((beat) =>
    askInTurn({ models: metered(models, meter, whose), health, names, longestQuotaMs, permitted }, request, (name) => {
      const progress = new CallProgress(name, (text) => text);
      beat(progress);
      return { signal: Context.current().cancellationSignal, onText: (text, thought) => progress.add(text, thought) };
    }),
  );
  await answers.put(key, answer);
  return answer;
}

function handedIn({ message, stop }: ModelAnswer, role: OneQuestion['role']): { output: unknown } | { none: string } {
  if (stop === 'refusal') return { none: 'the model refused' };
  const calls = message.parts.flatMap((part) => (part.type === 'tool-call' ? [part] : []));
  const tools = [toolSpec('submit', role), toolSpec('cannot_do', role)];
  try {
    const [checked, ...others] = checkCalls(cleaned(calls) as typeof calls, { role, tools }, { outputs: [] });
    if (!checked || others.length > 0) return { none: `it made ${calls.length} calls where one was asked for` };
    if (checked.kind === 'refused') return { none: oneLine(checked.text, 300) };
    if (checked.kind !== 'ending') return { none: 'it did something else than to answer' };
    const { ending } = checked;
    if (ending.tool === 'submit') return { output: ending.output };
    return { none: oneLine(`it could not say: ${'because' in ending ? ending.because : ending.tool}`, 300) };
  } catch (error) {
    if (!(error instanceof RefusedInput)) throw error;
    return { none: oneLine(error.message, 300) };
  }
}
