import { approvalMessage, newsMessage } from '../chat/approval.js';
import type { ChatMessage } from '../chat/blocks.js';
import { chatPlace } from '../schemas/chat-key.js';
import type { ThreadPlace } from '../schemas/thread.js';
import type { Effects } from './effects.js';
import type { ApprovalBoard, ApprovalCard } from './ports-approvals.js';
import type { ChatWrites } from './ports-effects.js';

export interface ChatBoardPorts {
  readonly chat: ChatWrites;
  readonly effects: Effects;
  /** Thread of a mission that came from elsewhere; undefined where it has none. */
  readonly place: (item: string) => Promise<ThreadPlace | undefined>;
}

/** Questions in the threads of their missions: one message each, with buttons until it is decided. */
export function createChatBoard({ chat, effects, place }: ChatBoardPorts): ApprovalBoard {
  /** The message that was posted for the question, by whichever piece of news was the first to get there. */
  async function posted(card: ApprovalCard): Promise<string | undefined> {
    for (let revision = 1; revision < card.revision; revision++) {
      const trace = await effects.trace('message', keyOf(card, revision));
      if (trace !== undefined) return trace;
    }
    return undefined;
  }

  return {
    name: 'chat',
    async show(card) {
      const { item } = card.question;
      const own = card.source.kind === 'slack' ? chatPlace(item) : undefined;
      const at = own ? { channel: own.channel, thread: own.ts } : await place(item);
      if (!at) return;
      const write = (key: string, message: ChatMessage) => ({ ...content(at.channel, message), effectKey: key });
      const first = await posted(card);
      if (first === undefined) {
        const key = keyOf(card, card.revision);
        const request = { ...write(key, approvalMessage(card)), thread: at.thread };
        await effects.once({ kind: 'message', key, request, provider: chat.messages });
        return;
      }
      const edit = `${card.effectKey}/shown`;
      const request = { ...write(edit, approvalMessage(card)), message: first };
      await effects.once({ kind: 'message-edit', key: edit, request, provider: chat.edits });
      const news = newsMessage(card);
      if (!news) return;
      const key = `${card.effectKey}/told`;
      await effects.once({
        ...{ kind: 'message', key, provider: chat.messages },
        request: { ...write(key, news), thread: at.thread },
      });
    },
  };
}

/** Of the message that a revision posted, had it been the first. */
function keyOf({ question, askedAt }: ApprovalCard, revision: number): string {
  return `approval/${question.id}/${askedAt}/card ${revision}`;
}

function content(channel: string, { text, blocks }: ChatMessage) {
  return { channel, text, blocks: JSON.stringify(blocks) };
}
