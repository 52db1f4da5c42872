import { modelCards } from '../adapters/models/cards.js';
import { CATALOGUE_AS_OF, CATALOGUE_SOURCE } from '../adapters/models/catalogue.js';
import type { ModelCard } from '../schemas/model.js';
import type { ModelSettings } from '../schemas/model-settings.js';

// What `signalbox doctor` says about models. Nothing is called: a call costs money.

const DAY_MS = 86_400_000;
/** Prices move a few times a year. */
const OLD_PRICES_DAYS = 120;

interface ModelProbe {
  readonly probe: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string;
}

/** `today` as YYYY-MM-DD. */
export function modelProbes(settings: ModelSettings, today: string): ModelProbe[] {
  const cards = modelCards(settings);
  if (cards.length === 0) {
    const detail =
      'none: only what needs no model is done (set ANTHROPIC_API_KEY or OPENAI_BASE_URL for more: docs/models.md)';
    return [{ probe: 'models', ok: true, detail, remedy: '' }];
  }
  return [...cards.map((card) => modelProbe(card, today)), ...priceProbe(cards, today)];
}

function modelProbe(card: ModelCard, today: string): ModelProbe {
  const { name, tier, contextTokens, endsOn } = card;
  const over = endsOn !== undefined && endsOn <= today;
  const end = endsOn === undefined ? [] : [`its provider ${over ? 'switched' : 'switches'} it off on ${endsOn}`];
  const detail = [tier, `${contextTokens} tokens of context`, priceText(card), ...end].join(', ');
  return { probe: `model ${name}`, ok: !over, detail, remedy: over ? 'name a newer one under `models.use`' : '' };
}

function priceText({ price }: ModelCard): string {
  if (price === null) return 'price unknown: declare `price` under `models.use`, or budgets in dollars can not hold it';
  return `$${price.input} in and $${price.output} out per million`;
}

function priceProbe(cards: readonly ModelCard[], today: string): ModelProbe[] {
  if (!cards.some(({ priceAsOf }) => priceAsOf !== undefined)) return [];
  const days = Math.floor((Date.parse(today) - Date.parse(CATALOGUE_AS_OF)) / DAY_MS);
  const old = days > OLD_PRICES_DAYS ? `, ${days} days old: compare with what you are billed, or update Signalbox` : '';
  return [{ probe: 'model prices', ok: true, detail: `of ${CATALOGUE_AS_OF} (${CATALOGUE_SOURCE})${old}`, remedy: '' }];
}
