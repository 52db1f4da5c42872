import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { ThreadContent, ThreadView } from '../activities/threads.js';
import type { ThreadPlace, ThreadStart } from '../schemas/thread.js';
import { historyIsLong } from './history-length.js';
import { threadMoved, threadStatus } from './messages-triage.js';
import { chatSteps } from './steps.js';
import { quote } from './story.js';
import { thisExecution } from './this-execution.js';
import { versioned } from './versioning.js';

export interface ThreadInput extends ThreadStart {
  /** Of the run before, when continued as new. */
  readonly state?: ThreadState;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

interface ThreadState {
  /** Id of the message that is edited. */
  message?: string;
  edits: number;
  /** Digest of what it shows. */
  shown: string;
  /** What was told below it last. */
  noticed?: string;
  /** How soon it is looked at again by itself. */
  lookMs?: number;
}

/** A mission that ended without a word is found out this late at most. */
const LOOK_MS = 3_600_000;

// It lives as long as its mission: it moves on to new code.
versioned('AUTO_UPGRADE', thread);

/**
 * Tells of one mission or incident in a chat: one message, edited when the mission has moved and no more often than it should be,
 * whatever the mission does meanwhile. The mission never waits for it.
 */
export async function thread(input: ThreadInput): Promise<void> {
  const state: ThreadState = input.state ?? { edits: 0, shown: '' };
  let moved = true;
  setHandler(threadMoved, () => {
    moved = true;
  });
  setHandler(threadStatus, () => placeOf(input, state));
  for (;;) {
    await condition(() => moved, state.lookMs ?? LOOK_MS);
    moved = false;
    const over = await tell(input, state).catch(leave);
    if (over) return;
    await sleep(input.everyMs);
    if (historyIsLong(input.historyLimit)) await continueAsNew<typeof thread>({ ...input, state });
  }
}

/** True when there is nothing more to tell. */
async function tell(input: ThreadInput, state: ThreadState): Promise<boolean> {
  const { item, request } = input;
  const view: ThreadView | null = await chatSteps.readThread.executeWithOptions({ summary: `How is ${item}?` }, [
    { item, request },
  ]);
  if (!view) return true;
  const gone = view.root.digest !== state.shown && !(await show(input, state, view.root));
  setCurrentDetails(`Shown ${state.edits} times: ${quote(view.root.text)}`);
  const { notice, lookMs } = view;
  if (lookMs !== undefined) state.lookMs = lookMs;
  if (notice && !gone && notice.key !== state.noticed) {
    await post(input, placeOf(input, state)?.thread ?? null, notice, `notice ${notice.key}`);
    state.noticed = notice.key;
  }
  if (!view.end) return gone;
  if (input.tellsEnd && !gone) await post(input, placeOf(input, state)?.thread ?? null, view.end, 'end');
  return true;
}

/** False when somebody has taken the message away: then nothing more is told. */
async function show(input: ThreadInput, state: ThreadState, content: ThreadContent): Promise<boolean> {
  const known = state.message ?? (await ownMessage(input));
  if (known !== undefined) state.message = known;
  if (state.message === undefined) {
    const message = await post(input, input.thread, content, 'message');
    if (message !== undefined) state.message = message;
  } else {
    state.edits++;
    const { gone } = await chatSteps.editMessage.executeWithOptions({ summary: 'Bring its message up to date' }, [
      {
        ...{ channel: input.channel, message: state.message, text: content.text, blocks: content.blocks },
        effectKey: `thread/${input.mission}/${thisExecution()}/edit ${state.edits}`,
      },
    ]);
    if (gone) return false;
  }
  state.shown = content.digest;
  return true;
}

/** Where a command asked for it, the message that says so is ours. */
async function ownMessage({ channel, thread: root }: ThreadPlace): Promise<string | undefined> {
  if (root === null) return undefined;
  const summary = 'Is the first message of the thread ours?';
  const isOurs = await chatSteps.isOwnMessage.executeWithOptions({ summary }, [{ channel, message: root }]);
  return isOurs ? root : undefined;
}

async function post(
  { channel, mission }: ThreadInput,
  root: string | null,
  { text, blocks }: ThreadContent,
  part: string,
): Promise<string | undefined> {
  const posted = await chatSteps.postMessage.executeWithOptions({ summary: `Tell of it: ${part}` }, [
    { channel, thread: root, text, blocks, effectKey: `thread/${mission}/${part}` },
  ]);
  return posted?.message;
}

/** The thread: that of the message that asked for it, or that of the message that shows it. */
function placeOf({ channel, thread: root }: ThreadInput, { message }: ThreadState): ThreadPlace | null {
  const at = root ?? message;
  return at === undefined ? null : { channel, thread: at };
}

/** What the chat refuses for good is not told; when the mission moves again it is tried again. */
function leave(error: unknown): true {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) throw error;
  setCurrentDetails(`Not told: ${quote(cause.message, 500)}`);
  return true;
}
