import { ActivityFailure, type ActivityOptions, isCancellation, log, patched } from '@temporalio/workflow';
import type { StateChange } from '../activities/ports-effects.js';
import type { SessionSpeech } from '../schemas/agent-session.js';
import type { FoldedSource } from '../schemas/work-item.js';
import { effectKey, type MissionContext } from './mission-context.js';
import { tellSession } from './session-word.js';
import { vendorSteps } from './steps.js';

// What is said to people where a mission came from: to the item itself, then to every one that was folded into it, each
// once. Nobody but the first is waited for: a ticket that is gone elsewhere stops no work.

/** Of what is no end: a tracker that is away longer misses a milestone, not the outcome. */
const MILESTONE = '15 minutes';

export interface Word {
  /** Of the effect's key: one per thing that is said. */
  readonly part: string;
  readonly summary: string;
  readonly body: string;
  /** Its last word. */
  readonly last?: true;
  /** Of what is on the way: nobody is waited for, the first neither. */
  readonly milestone?: true;
  /** How it is said in the session of an agent; by default a thought. */
  readonly as?: SessionSpeech;
}

/** Not one await more than for the first alone: missions from before are replayed in the order that they had. */
export function tellSources(context: MissionContext, word: Word): Promise<unknown> {
  const { state, input } = context;
  const { item } = input;
  const { summary, body } = word;
  state.data.lastWord = new Date().toISOString();
  const others = foldedIn(context);
  const key = effectKey(input, word.part);
  const limit = word.milestone ? within(false) : {};
  const comment = () =>
    vendorSteps.comment.executeWithOptions({ ...limit, summary }, [
      { source: item.source.kind, item: item.key, body, effectKey: key },
    ]);
  const { session } = item.source;
  const told = session === undefined ? comment() : inSession(session, word, { body, effectKey: key }, comment);
  const first = word.milestone ? (told as Promise<unknown>).catch(missed) : told;
  return others.length === 0 ? first : first.then(() => commentAt(context, others, word));
}

function missed(error: unknown): void {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  log.warn('a milestone could not be told', { error });
}

async function inSession(
  session: string,
  { as = 'thought' }: Word,
  said: { readonly body: string; readonly effectKey: string },
  comment: () => Promise<unknown>,
): Promise<void> {
  if (!(await tellSession(session, as, said))) await comment();
}

/** Those that were folded in; for what the item itself is told by others. Undefined: there are none. */
export function tellOthers(context: MissionContext, word: Word): Promise<unknown> | undefined {
  const others = foldedIn(context);
  return others.length === 0 ? undefined : commentAt(context, others, word);
}

export function setStates(context: MissionContext, state: StateChange['state'], part: string): Promise<unknown> {
  const { input } = context;
  const { item } = input;
  const last = state !== 'started';
  const summary = last ? 'Ticket: set its state' : 'Ticket: started';
  // A part of an item says nothing about the state of the whole.
  const others = foldedIn(context).filter(({ whole }) => !whole);
  const first = vendorSteps.setState.executeWithOptions({ summary }, [
    { source: item.source.kind, item: item.key, state, effectKey: effectKey(input, part) },
  ]);
  if (others.length === 0) return first;
  return first.then(() =>
    each(others, (source) =>
      vendorSteps.setState.executeWithOptions({ ...within(last), summary: `${summary} (${source.item})` }, [
        { source: source.kind, item: source.item, state, effectKey: keyAt(context, part, source) },
      ]),
    ),
  );
}

/** Missions from before wrote to the first only. */
function foldedIn({ state }: MissionContext): readonly FoldedSource[] {
  const [, ...others] = state.sources();
  return others.length > 0 && patched('write-back-everywhere-2026-11-21') ? others : [];
}

function commentAt(context: MissionContext, others: readonly FoldedSource[], word: Word): Promise<void> {
  const { part, summary, body, last = false } = word;
  return each(others, (source) =>
    vendorSteps.comment.executeWithOptions({ ...within(last), summary: `${summary} (${source.item})` }, [
      { source: source.kind, item: source.item, body, effectKey: keyAt(context, part, source) },
    ]),
  );
}

function within(last: boolean): ActivityOptions {
  return last ? {} : { scheduleToCloseTimeout: MILESTONE };
}

async function each(others: readonly FoldedSource[], write: (source: FoldedSource) => Promise<unknown>): Promise<void> {
  await Promise.all(
    others.map(async (source) => {
      try {
        await write(source);
      } catch (error) {
        if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
        log.warn('a folded item could not be written to', { source, error });
      }
    }),
  );
}

function keyAt({ input }: MissionContext, part: string, { kind, item }: FoldedSource): string {
  return effectKey(input, `${part}/${kind}/${item}`);
}
