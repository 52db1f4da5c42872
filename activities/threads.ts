import { createHash } from 'node:crypto';
import type { ChatMessage } from '../chat/blocks.js';
import { type MissionCard, missionMessage } from '../chat/mission.js';
import { missionEndMessage } from '../chat/mission-end.js';
import { workflowId } from '../schemas/names.js';
import { THREAD, THREAD_MOVED, type ThreadStart } from '../schemas/thread.js';
import type { Runs } from './ports-records.js';

// What is told of a mission in a chat.

/** Missions as they say themselves how they are. */
export interface MissionViews {
  /** Undefined when Temporal has forgotten it. */
  status(item: string): Promise<MissionCard['status'] | undefined>;
}

export interface ThreadPorts {
  readonly missions: MissionViews;
  readonly runs: Runs;
  /** An incident as it is told of; null when nobody knows it any more. */
  readonly incident: (id: string) => Promise<ThreadView | null>;
  /** Whether this message is one of ours, which we may edit. */
  readonly isOurs: (channel: string, message: string) => Promise<boolean>;
}

export interface ThreadContent {
  readonly text: string;
  /** JSON. */
  readonly blocks: string;
  /** Equal contents have equal ones. */
  readonly digest: string;
}

export interface ThreadView {
  readonly root: ThreadContent;
  /** When it has ended: the last word, for notifications. */
  readonly end?: ThreadContent;
  /** What is worth a message of its own below it, once for each key. */
  readonly notice?: ThreadContent & { readonly key: string };
  /** Look again by itself after so long: what it tells of changes without a word. */
  readonly lookMs?: number;
}

export function createThreadActivities({ missions, incident, runs, isOurs }: ThreadPorts) {
  return {
    /** Wakes the thread of a mission, which is started where it is not there. */
    openThread(start: ThreadStart): Promise<void> {
      return runs.signalWithStart({
        type: THREAD,
        workflowId: workflowId.thread(start.item),
        input: start,
        signal: { name: THREAD_MOVED, input: null },
        summary: `What is told of ${start.item} in chat`,
      });
    },

    /** How the mission looks now; null when nobody knows it any more. */
    async readThread({ item, request }: Pick<ThreadStart, 'item' | 'request'>): Promise<ThreadView | null> {
      if (item.startsWith('incident/')) return incident(item);
      const status = await missions.status(item);
      if (!status) return null;
      const requester = status.source?.kind === 'slack' ? status.requester?.id : undefined;
      const card = { status, url: status.source?.url, requester, request };
      const root = contentOf(missionMessage(card));
      return status.outcome ? { root, end: contentOf(missionEndMessage(card)) } : { root };
    },

    /** Whether what asked for the mission is a message of ours, which shows it then. */
    async isOwnMessage({ channel, message }: { readonly channel: string; readonly message: string }): Promise<boolean> {
      return isOurs(channel, message);
    },
  };
}

export type ThreadActivities = ReturnType<typeof createThreadActivities>;

export function contentOf({ text, blocks }: ChatMessage): ThreadContent {
  const json = JSON.stringify(blocks);
  const digest = createHash('sha256').update(`${text}\n${json}`).digest('hex').slice(0, 16);
  return { text, blocks: json, digest };
}
