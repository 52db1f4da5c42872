import { chatKey } from '../schemas/chat-key.js';
import type { RequestInput } from './messages-triage.js';
import { chatSteps } from './steps.js';
import { versioned } from './versioning.js';

// It is over in seconds, and lasts only while the chat is away.
versioned('AUTO_UPGRADE', request);

/** Gives what a command asked for a message of its own, whose thread becomes the mission's, and wakes triage about it. */
export async function request({ message, signal }: RequestInput): Promise<string | null> {
  const posted = await chatSteps.postMessage.executeWithOptions({ summary: 'Open a thread for it' }, [
    { ...message, thread: null, effectKey: `request/${signal.id}/message` },
  ]);
  if (!posted) return null;
  const subject = chatKey({ channel: message.channel, ts: posted.message });
  await chatSteps.sendSignal.executeWithOptions({ summary: `Wake the triage of ${subject}` }, [{ ...signal, subject }]);
  return subject;
}
