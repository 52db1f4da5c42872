import { createHash } from 'node:crypto';
import { trace } from '@opentelemetry/api';
import { Context } from '@temporalio/activity';
import type { CallModel, CallResult, Conversation, Notice, Rung, Session } from '../schemas/agent.js';
import { tokensOf, usdOf } from '../schemas/cost.js';
import type { Message, ModelAnswer, ModelRequest } from '../schemas/model.js';
import { redactor } from '../schemas/redact.js';
import { CallProgress } from './call-progress.js';
import { compacted, SUMMARISE } from './compaction.js';
import { append, estimateTokens, readConversation, readMessages, readSession } from './conversation.js';
import { permanent } from './failure.js';
import type { Permission } from './halt.js';
import { beating, loadBlueprint } from './host.js';
import { inboxMessage, inTurns, unanswered } from './inbox.js';
import { metered } from './metered.js';
import { type Answered, askInTurn } from './model-choice.js';
import type { ModelHealth } from './model-health.js';
import type { Blobs } from './ports.js';
import type { HideInTraces, Meter, Models, PaidAnswers } from './ports-models.js';
import { oneLine } from './tool-text.js';

const SAID_CHARACTERS = 200;
/** Of the context window, for the turns that are kept as they were. */
const KEPT_SHARE = 0.2;
/** Models go on only when something is said to them. */
const GO_ON: Notice = { from: 'signalbox', text: 'Go on.' };

export interface ModelPorts {
  readonly models: Models;
  readonly answers: PaidAnswers;
  readonly blobs: Blobs;
  readonly health: ModelHealth;
  readonly meter: Meter;
  readonly hideInTraces: HideInTraces;
  /** How long a workflow may wait for quota, all in all. */
  readonly longestQuotaMs: number;
  /** Asked right before each call: an answer that was paid for before needs none. */
  readonly permitted: Permission;
}

/** What a call starts from. */
interface Opened {
  readonly input: CallModel;
  readonly session: Session;
  readonly rung: Rung;
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
  /** Takes out the words that the blueprint keeps from prompts and from people. */
  readonly redact: (text: string) => string;
}

/** An answer, with what the step did for it. */
interface Paid extends Answered {
  /** An earlier try had paid for it. */
  readonly earlier?: true;
}

export function createModelActivities(ports: ModelPorts) {
  const { models, answers, blobs, health, meter, hideInTraces, longestQuotaMs, permitted } = ports;

  async function open(input: CallModel): Promise<Opened> {
    const session = await readSession(blobs, input.session);
    trace.getActiveSpan()?.setAttribute('gen_ai.conversation.id', session.key);
    const conversation = await readConversation(blobs, input.conversation);
    const messages = await readMessages(blobs, conversation);
    const rung = session.rungs[input.rung];
    if (!rung) throw permanent('BadInput', `the session has no rung ${input.rung}`);
    const open = unanswered(messages);
    if (open.length > 0) throw permanent('BadInput', `calls of tools without a result: ${open.join(', ')}`);
    const { redact: words } = await loadBlueprint(blobs, session.blueprint);
    hideInTraces(words);
    return { input, session, rung, conversation, messages, redact: redactor(words) };
  }

  /** The answer to the conversation and what is said last; paid for once, however often the step is tried. */
  async function answered(opened: Opened, last: readonly Message[], purpose: 'turn' | 'summary'): Promise<Paid> {
    const { input, session, rung, redact } = opened;
    const key = keyOf(input, session, purpose);
    const names = preferredFirst(rung.models, input.prefer);
    const paid = await answers.get(key);
    if (paid) {
      const other = paid.model !== names[0];
      return { answer: paid, earlier: true, ...(other && { instead: `${paid.model} answered an earlier attempt` }) };
    }
    const request: Omit<ModelRequest, 'model'> = {
      system: session.system,
      tools: session.tools,
      messages: inTurns([...opened.messages, ...last]),
      maxOutputTokens: input.maxOutputTokens,
      thinkingTokens: session.thinkingTokens,
    };
    const got = await beating((beat) =>
      askInTurn(
        { models: metered(models, meter, session), health, names, longestQuotaMs, permitted },
        request,
        (name) => {
          const progress = new CallProgress(name, redact);
          beat(progress);
          const { cancellationSignal: signal } = Context.current();
          return { signal, onText: (text, thought) => progress.add(text, thought) };
        },
      ),
    );
    // Before anything that could fail: from here on the answer is ours, whatever becomes of this worker.
    await answers.put(key, got.answer);
    return got;
  }

  function resultOf(
    { redact }: Opened,
    { answer, instead, earlier }: Paid,
  ): Omit<CallResult, 'conversation' | 'calls' | 'context'> {
    const { model, stop, usage } = answer;
    const said = oneLine(redact(textOf(answer)), SAID_CHARACTERS);
    const price = models.cards.find(({ name }) => name === model)?.price ?? null;
    return {
      ...{ model, stop, usage, usd: usdOf(usage, price) },
      ...(instead !== undefined && { instead }),
      ...(earlier && { earlier }),
      ...(said !== '' && { said }),
    };
  }

  return {
    /** One turn: tells the model what is in the inbox and keeps what it answers. */
    async callModel(input: CallModel): Promise<CallResult> {
      const opened = await open(input);
      const { conversation, messages, redact } = opened;
      const notices = input.inbox ?? [];
      const silent = notices.length === 0 && messages.at(-1)?.role === 'assistant';
      const told = silent ? [GO_ON] : notices;
      const last = told.length > 0 ? [await inboxMessage(blobs, told, redact)] : [];
      const got = await answered(opened, last, 'turn');
      const { message, usage } = got.answer;
      return {
        conversation: await append(blobs, conversation, [...last, message]),
        calls: message.parts.filter(({ type }) => type === 'tool-call').length,
        context: tokensOf(usage),
        ...resultOf(opened, got),
      };
    },

    /** Shortens the conversation to its brief, the model's own summary and the last turns. */
    async compactConversation(input: CallModel): Promise<CallResult> {
      const opened = await open(input);
      const { conversation, messages, session, rung, redact } = opened;
      const got = await answered(opened, [await inboxMessage(blobs, [SUMMARISE], redact)], 'summary');
      const summary = got.answer.stop === 'refusal' ? '' : textOf(got.answer);
      const shorter = compacted(messages, summary, Math.floor(rung.contextTokens * KEPT_SHARE));
      const fixed = estimateTokens(`${session.system}${JSON.stringify(session.tools)}`);
      return {
        conversation: await append(blobs, { ...conversation, messages: [] }, shorter),
        calls: 0,
        context: shorter.reduce((sum, message) => sum + estimateTokens(message), fixed),
        ...resultOf(opened, got),
      };
    },
  };
}

export type ModelActivities = ReturnType<typeof createModelActivities>;

/** Names everything that the answer depends on, so that no other call is ever given it. */
function keyOf({ session, conversation, inbox, rung, n }: CallModel, { key }: Session, purpose: string): string {
  const hash = createHash('sha256').update(JSON.stringify([session, conversation, inbox ?? [], rung]));
  return `${key}/${n}/${purpose}/${hash.digest('hex').slice(0, 32)}`;
}

function preferredFirst(names: readonly string[], prefer: string | undefined): readonly string[] {
  if (prefer === undefined || !names.includes(prefer)) return names;
  return [prefer, ...names.filter((name) => name !== prefer)];
}

function textOf({ message }: ModelAnswer): string {
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
