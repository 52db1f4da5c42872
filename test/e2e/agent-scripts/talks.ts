import { createHash } from 'node:crypto';
import { SUMMARISE } from '../../../activities/compaction.js';
import type { FakeCall, FakeReply, FakeScript } from '../../fakes/models/script.js';

/** One conversation from its first call on: what it yields is said, what comes back is the next call. */
export type Talk = (call: FakeCall) => AsyncGenerator<FakeReply, void, FakeCall>;

/** By role; coders, testers and writers by `<role> <task>`, and by `<role>` where a task has none of its own. */
export type Talks = Readonly<Record<string, Talk>>;

export const SUMMARY = 'I have read all of it. What is left is the change itself.';

/**
 * Talks are told apart by how they begin, so that a talk goes on with another provider and after a compaction, whose
 * summary every model writes by itself.
 */
export function talking(talks: Talks): FakeScript {
  const running = new Map<string, Awaited<ReturnType<Talk>>>();
  return async (call) => {
    if (isCompaction(call)) return { text: SUMMARY };
    // Providers join texts in ways of their own.
    const begin = `${call.system} ${briefOf(call)}`.replace(/\s+/g, ' ').trim();
    const key = createHash('sha256').update(begin).digest('hex');
    const known = running.get(key);
    const talk = known ?? talkOf(talks, call)(call);
    running.set(key, talk);
    const said = await talk.next(call);
    if (said.done) throw new Error(`the talk of ${nameOf(call)} is over, and it is asked: ${call.lastUser}`);
    return said.value;
  };
}

export function isCompaction({ lastUser }: FakeCall): boolean {
  return lastUser.includes(SUMMARISE.text.slice(0, 60));
}

function talkOf(talks: Talks, call: FakeCall): Talk {
  const talk = talks[nameOf(call)] ?? talks[roleOf(call)];
  if (!talk) throw new Error(`no talk for ${nameOf(call)}`);
  return talk;
}

export function roleOf({ system }: FakeCall): string {
  return /^Role: ([a-z-]+)@/m.exec(system)?.[1] ?? '';
}

function nameOf(call: FakeCall): string {
  const task = /^(?:Task|Write the tests first for task) ([a-z0-9-]+)\. /m.exec(briefOf(call))?.[1];
  return task === undefined ? roleOf(call) : `${roleOf(call)} ${task}`;
}

export function briefOf({ messages }: FakeCall): string {
  return messages[0]?.texts.join('\n') ?? '';
}

/** What the tools answered to the calls before. */
export function answersOf({ messages }: FakeCall): string {
  return (
    messages
      .at(-1)
      ?.toolResults.map(({ text }) => text)
      .join('\n') ?? ''
  );
}

/** A script that is not told what it must be told ends the test by way of `scriptErrors`. */
export function must(holds: boolean, what: string, call: FakeCall): void {
  if (holds) return;
  throw new Error(`${nameOf(call)}: expected ${what}; it was told:\n${call.lastUser}\n${answersOf(call)}`);
}

export function submit(input: unknown): FakeReply {
  return { tools: [{ name: 'submit', input }] };
}

export function using(...calls: readonly (readonly [name: string, input: unknown])[]): FakeReply {
  return { tools: calls.map(([name, input]) => ({ name, input })) };
}

/** Something that one side waits for and the other one brings about. */
export interface Beat {
  readonly waited: Promise<void>;
  over(): void;
  isOver(): boolean;
}

export function beat(): Beat {
  let over = () => {};
  let isOver = false;
  const waited = new Promise<void>((done) => {
    over = done;
  });
  return {
    waited,
    isOver: () => isOver,
    over() {
      isOver = true;
      over();
    },
  };
}
