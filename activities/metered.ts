import { usdOf } from '../schemas/cost.js';
import type { Meter, ModelCallMeasure, Models } from './ports-models.js';

/** Measures every call that is really made, answered or not: an answer that was paid for before is not one. */
export function metered(models: Models, meter: Meter, whose: Pick<ModelCallMeasure, 'role' | 'repo'>): Models {
  return {
    cards: models.cards,
    async call(request, watch) {
      const started = performance.now();
      const outcome = await models.call(request, watch);
      const card = models.cards.find(({ name }) => name === request.model);
      const call = {
        ...{ ...whose, provider: card?.provider ?? 'unknown', model: request.model },
        durationMs: performance.now() - started,
      };
      if ('answer' in outcome) {
        const { usage } = outcome.answer;
        meter.modelCall({ ...call, usage, usd: usdOf(usage, card?.price ?? null) });
      } else meter.modelCall({ ...call, error: outcome.trouble.kind });
      return outcome;
    },
  };
}
