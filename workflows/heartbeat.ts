import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  patched,
  sleep,
} from '@temporalio/workflow';
import { durationMs } from '../schemas/duration.js';
import type { MissionContext } from './mission-context.js';
import { statusOf } from './mission-status.js';
import { heartbeatComment } from './story.js';
import { tellSources } from './write-back.js';

// Silence has an end: who asked for something hears of it at least so often, also when nothing happens.

/** Where the blueprint was read before it had one. */
const DEFAULT = '24h';

export interface Heartbeat {
  /** Returns when nothing more is said. */
  end(): Promise<void>;
}

/** Undefined in missions from before, and for whoever watches at a terminal. */
export function startHeartbeat(context: MissionContext): Heartbeat | undefined {
  if (context.state.item.interactive || !patched('heartbeat-2026-11-21')) return undefined;
  const scope = new CancellationScope();
  const beating = scope
    .run(() => beat(context))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  return {
    end() {
      scope.cancel();
      return beating;
    },
  };
}

async function beat(context: MissionContext): Promise<void> {
  const { state } = context;
  state.data.lastWord ??= new Date().toISOString();
  // The policy is the repo's, and is read first of all.
  await condition(() => state.data.ground !== undefined, durationMs(DEFAULT));
  for (;;) {
    const every = durationMs(state.data.ground?.base.blueprint.policy.heartbeat ?? DEFAULT);
    const silence = Date.now() - Date.parse(state.data.lastWord ?? '');
    if (silence < every) {
      await sleep(every - silence);
      continue;
    }
    state.data.beats = (state.data.beats ?? 0) + 1;
    const word = { part: `heartbeat-${state.data.beats}`, summary: 'Ticket: still at work' };
    state.data.lastWord = new Date().toISOString();
    try {
      await tellSources(context, { ...word, body: heartbeatComment(statusOf(state)) });
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('nobody could be told that it goes on', { error });
    }
  }
}
