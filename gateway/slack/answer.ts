import type { RespondFn, types } from '@slack/bolt';
import type { Logger } from 'pino';
import { isUnavailable } from '../../adapters/temporal/client.js';
import type { ChatMessage } from '../../chat/blocks.js';
import { refusalMessage } from '../../chat/overview.js';
import { RefusedInput } from '../../schemas/parse.js';
import { RefusedOrder } from '../desk.js';
import { NotPermitted } from './permission.js';
import type { AckWindow } from './receiver.js';

// How people are answered: only they see it, and what went wrong says what to do.

export interface Answering {
  /** Undefined where nothing but an empty acknowledgement is taken. */
  readonly ack: (message?: Ephemeral) => Promise<void>;
  readonly respond: RespondFn;
  /** Bolt's own, in which the receiver keeps how long an acknowledgement may still carry an answer. */
  readonly context: object;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

interface Ephemeral {
  readonly response_type: 'ephemeral';
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

/** To a command: by its acknowledgement in time, else where Slack takes answers for half an hour. */
export async function answerCommand(answering: Answering, work: () => Promise<ChatMessage | undefined>): Promise<void> {
  const message = await said(work, answering.log);
  if (isOpen(answering.context)) return answering.ack(message && ephemeral(message));
  if (message) await answering.respond({ ...ephemeral(message), replace_original: false });
}

function isOpen(context: object): boolean {
  return (context as { readonly window?: AckWindow }).window?.open !== false;
}

/** To a button or a shortcut, which take no answer with their acknowledgement. */
export async function answerPress(answering: Answering, work: () => Promise<ChatMessage | undefined>): Promise<void> {
  const message = await said(work, answering.log);
  await answering.ack();
  if (message) await answering.respond({ ...ephemeral(message), replace_original: false });
}

async function said(
  work: () => Promise<ChatMessage | undefined>,
  log: Answering['log'],
): Promise<ChatMessage | undefined> {
  try {
    return await work();
  } catch (error) {
    return refusalOf(error, log);
  }
}

/** What is not meant for people stays in the log. */
export function refusalOf(error: unknown, log: Answering['log']): ChatMessage {
  if (error instanceof NotPermitted) return refusalMessage(error.message, error.remedy);
  if (error instanceof RefusedOrder) return refusalMessage(error.message, '');
  if (error instanceof RefusedInput) return refusalMessage(error.message, '');
  if (isUnavailable(error)) {
    log.error({ err: error }, 'Temporal is away');
    return refusalMessage('Signalbox is away for a moment: nothing was accepted.', 'Try it again in a minute.');
  }
  log.error({ err: error }, 'a request of Slack failed');
  return refusalMessage(
    'Something went wrong inside of Signalbox.',
    'Try it again; if it stays, the log of the gateway has the reason.',
  );
}

function ephemeral({ text, blocks }: ChatMessage): Ephemeral {
  return { response_type: 'ephemeral', text, blocks: forBolt(blocks) };
}

/** Our blocks are readonly; bolt's types are not. */
export function forBolt(blocks: ChatMessage['blocks']): types.KnownBlock[] {
  return blocks as unknown as types.KnownBlock[];
}
