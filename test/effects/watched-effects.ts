import { join } from 'node:path';
import { createEffects } from '../../activities/effects.js';
import type { EffectLedger } from '../../activities/ports-effects.js';
import { createEffectLedger } from '../../adapters/effects/effects.js';
import type { EffectEntry } from '../../schemas/effect.js';
import type { SetUpOptions } from './providers.js';

/** The mechanism of effects over a ledger of its own, and what goes into that. */
export function effectsOf({ directory, permitted = async () => undefined, wrap = (ledger) => ledger }: SetUpOptions) {
  const ledger = wrap(createEffectLedger(join(directory, 'effects')));
  const entries: EffectEntry[] = [];
  const watched: EffectLedger = {
    read: (key) => ledger.read(key),
    append: async (entry) => {
      await ledger.append(entry);
      entries.push(entry);
    },
  };
  return { entries, effects: createEffects({ ledger: watched, permitted }) };
}
