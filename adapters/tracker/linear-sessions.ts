import type { EffectProvider, Speech } from '../../activities/ports-effects.js';
import { effectId } from './linear-effects.js';
import { isNotFound, isRefused } from './linear-failure.js';
import { ACTIVITY_MUTATION, ACTIVITY_QUERY, ActivityAnswer, ActivityCreated, type Ask } from './linear-queries.js';

/** What an agent says in its session. The id comes from the effect key: Linear refuses a twin. */
export function speechesIn(ask: Ask, requestMs: number): EffectProvider<Speech> {
  async function find({ effectKey }: Speech, signal: AbortSignal): Promise<boolean> {
    try {
      const variables = { id: effectId(effectKey) };
      await ask({ what: 'an activity', query: ACTIVITY_QUERY, variables, answer: ActivityAnswer, signal });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
  return {
    // It is written and, when it is refused, looked for.
    actMs: 2 * requestMs,
    fenced: true,
    async look(speech, { signal }) {
      return (await find(speech, signal)) ? { trace: effectId(speech.effectKey) } : { absent: true };
    },
    async act(speech, { signal }) {
      const id = effectId(speech.effectKey);
      const { session, as, body } = speech;
      const input = { id, agentSessionId: session, content: { type: as, body } };
      try {
        const variables = { input };
        await ask({ what: 'a new activity', query: ACTIVITY_MUTATION, variables, answer: ActivityCreated, signal });
        return { trace: id, already: false };
      } catch (error) {
        // An attempt that was given up has come through in between.
        if (isRefused(error) && (await find(speech, signal))) return { trace: id, already: true };
        throw error;
      }
    },
  };
}
