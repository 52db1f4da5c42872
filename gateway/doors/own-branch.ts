import type { Touch } from '../../schemas/touch.js';
import type { Event } from './received.js';

// Which missions an event at a forge is about. A wake-up only: who is woken for nothing looks and goes on waiting.

const BRANCH = /^signalbox\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})$/;
/** A later mission on the same item has a number behind the item, and items end with numbers too. */
const NUMBERED = /^(.+)-[1-9]\d?$/;
/** As `markComment` ends what we write; effect keys begin with the workflow. */
const MARKER = /Signalbox · mission\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})\//;

/** Items whose mission may own this branch; none when it is not one of ours. */
export function itemsOfBranch(branch: string): readonly string[] {
  const item = BRANCH.exec(branch)?.[1];
  if (item === undefined) return [];
  const shorter = NUMBERED.exec(item)?.[1];
  return shorter === undefined ? [item] : [item, shorter];
}

/** The item that the description of a pull request of ours names. */
export function itemOfText(text: string | null | undefined): string | undefined {
  return MARKER.exec(text ?? '')?.[1];
}

export interface Touched extends Touch {
  readonly items: readonly string[];
  readonly actor?: Event['data']['actor'];
  readonly time?: Event['time'];
}

export function touchEvents({ items, actor, time, ...touch }: Touched): readonly Event[] {
  const data = { touch, ...(actor && { actor }) };
  return [...new Set(items)].map((subject) => ({ type: 'change.touched' as const, subject, time, data }));
}
