import type { EffectProvider, Enqueueing } from '../../activities/ports-effects.js';
import { permanent } from './failure.js';
import type { Writing } from './pull-effects.js';
import type { ForgeQueue } from './wire.js';

/** The forge takes a pull request into its queue once, and only with the head that is expected. */
export function enqueuesOn({ wire, project, requestMs }: Writing, queue: ForgeQueue): EffectProvider<Enqueueing> {
  return {
    // It is looked for, put there, and looked for again when that was refused.
    actMs: 3 * requestMs,
    fenced: true,
    async look({ repo, number, head }, { signal }) {
      const now = await queue.read(project(repo), number, signal);
      if (now.state === 'merged') return { trace: 'merged' };
      if (now.head !== head) return { moved: now.head };
      return now.entry === undefined ? { absent: true } : { trace: now.entry };
    },
    async act({ repo, number, head }, { signal }) {
      const joined = await queue.join(project(repo), { number, head }, signal);
      if ('entry' in joined) return { trace: joined.entry, already: false };
      const now = await queue.read(project(repo), number, signal);
      if (now.state !== 'merged' && now.head !== head) return { moved: now.head };
      if (now.state === 'merged' || now.entry !== undefined) return { trace: now.entry ?? 'merged', already: true };
      const what = `${wire.name} does not take pull request ${number} of ${repo} into its merge queue`;
      throw permanent('BadInput', `${what}: ${joined.refused}`);
    },
  };
}
