import type { Models } from '../../activities/ports-models.js';
import type { ModelSettings } from '../../schemas/model-settings.js';
import { createAnthropicProvider } from './anthropic.js';
import { modelCards } from './cards.js';
import { createOpenaiProvider } from './openai.js';

const PROVIDERS = { anthropic: createAnthropicProvider, openai: createOpenaiProvider };

/** All configured models behind one door. `timeoutMs` is per call. */
export function createModels(settings: ModelSettings, timeoutMs?: number): Models {
  const cards = modelCards(settings);
  const providers = new Map(
    settings.providers.map((provider) => [provider.name, PROVIDERS[provider.kind](provider, timeoutMs)]),
  );
  return {
    cards,
    call: async (request, watch) => {
      watch.signal.throwIfAborted();
      const card = cards.find(({ name }) => name === request.model);
      const provider = card && providers.get(card.provider);
      if (!card || !provider) {
        const message = `there is no model ${request.model} here; there are: ${cards.map(({ name }) => name).join(', ') || 'none'}`;
        return { trouble: { kind: 'refused' }, message };
      }
      return provider(card, request, watch);
    },
  };
}
