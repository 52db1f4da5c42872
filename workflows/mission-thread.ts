import { CancellationScope, getExternalWorkflowHandle } from '@temporalio/workflow';
import { chatPlace } from '../schemas/chat-key.js';
import { workflowId } from '../schemas/names.js';
import type { ThreadPlace } from '../schemas/thread.js';
import { threadMoved } from './messages-triage.js';
import { effectKey, type MissionContext, type MissionInput } from './mission-context.js';
import type { MissionState } from './mission-state.js';
import { statusOf } from './mission-status.js';
import { chatSteps } from './steps.js';

// The mission's side of what is told of it in a chat: it says that it has moved, and never waits for anybody.

const REQUEST_CHARS = 1_000;

/** Opens its thread, where a chat is configured and has a place for it. */
export async function openThread({ state, input }: MissionContext): Promise<void> {
  const place = placeOf(state);
  const { chat } = state.ground().base;
  if (!place || !chat) return;
  const { item } = state;
  await chatSteps.openThread.executeWithOptions({ summary: 'Open its thread in chat' }, [
    {
      ...place,
      ...{ item: item.key, mission: effectKey(input, 'thread'), everyMs: chat.everyMs },
      request: item.problem.slice(0, REQUEST_CHARS),
      // Its own thread hears the end as a reply already.
      tellsEnd: place.thread === null,
    },
  ]);
}

/** What was told last: most of what a mission shows is no news to whoever reads along. */
export class ToldThread {
  #told = '';

  /** Says that the mission looks otherwise, when it does. */
  tell(state: MissionState, { item }: MissionInput): void {
    if (!state.data.ground || !placeOf(state)) return;
    const { stage, paused, waitingOn, asked, planVersion, tasks, outcome, pullRequest } = statusOf(state);
    const now = JSON.stringify([
      ...[stage, paused, waitingOn?.what, asked?.question, planVersion, outcome?.result, pullRequest?.number],
      ...tasks.map(({ task, state: its }) => `${task.id} ${its}`),
    ]);
    if (now === this.#told) return;
    this.#told = now;
    const thread = getExternalWorkflowHandle(workflowId.thread(item.key));
    // A thread that is over needs no telling, and a mission that is cancelled says so too.
    void CancellationScope.nonCancellable(() => thread.signal(threadMoved, null)).catch(() => undefined);
  }
}

/** Where it came from, or the channel of its repo. */
function placeOf({ item, data }: MissionState): ThreadPlace | undefined {
  const chat = data.ground?.base.chat;
  if (!chat) return undefined;
  const own = item.source.kind === 'slack' ? chatPlace(item.key) : undefined;
  if (own) return { channel: own.channel, thread: own.ts };
  return chat.channel === undefined ? undefined : { channel: chat.channel, thread: null };
}
