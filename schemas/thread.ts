// What a mission and whatever tells of it in a chat agree on. Pure constants and types: safe in the workflow sandbox.

export const THREAD = 'thread';
export const THREAD_MOVED = 'threadMoved';

/** Where a mission is told about. */
export interface ThreadPlace {
  readonly channel: string;
  /** Message whose thread it is; null: a new message in the channel. */
  readonly thread: string | null;
}

export interface ThreadStart extends ThreadPlace {
  readonly item: string;
  /** Number of this mission among those of the item, and its first run: their threads are not one. */
  readonly mission: string;
  /** What was asked for, for whoever reads along. */
  readonly request: string;
  /** A message is edited no more often. */
  readonly everyMs: number;
  /** Its source has no thread of its own: the end is told here, too. */
  readonly tellsEnd: boolean;
}
