import type { Effects } from './effects.js';
import type { ChatWrites, Message, MessageEdit } from './ports-effects.js';

export interface ChatActivityPorts {
  /** Undefined where no chat is configured. */
  readonly chat: ChatWrites | undefined;
  readonly effects: Effects;
}

/** What is said in a chat, by itself and not as the comment of a ticket. */
export function createChatActivities({ chat, effects }: ChatActivityPorts) {
  return {
    /** Null where there is no chat. `message`: its id there. */
    async postMessage(request: Message): Promise<{ readonly message: string; readonly already: boolean } | null> {
      if (!chat) return null;
      const acted = await effects.once({ kind: 'message', key: request.effectKey, request, provider: chat.messages });
      return 'moved' in acted ? null : { message: acted.trace, already: acted.already };
    },

    /** `gone`: somebody has taken the message away. */
    async editMessage(request: MessageEdit): Promise<{ readonly gone: boolean; readonly already: boolean }> {
      if (!chat) return { gone: true, already: false };
      const provider = chat.edits;
      const acted = await effects.once({ kind: 'message-edit', key: request.effectKey, request, provider });
      return 'moved' in acted ? { gone: true, already: false } : { gone: false, already: acted.already };
    },
  };
}

export type ChatActivities = ReturnType<typeof createChatActivities>;
