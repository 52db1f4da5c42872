import type { ModelCard } from '../../schemas/model.js';
import {
  hasCatalogue,
  type ModelChoice,
  type ModelProvider,
  type ModelSettings,
} from '../../schemas/model-settings.js';
import type { Price } from '../../schemas/money.js';
import { CATALOGUE_AS_OF, defaultModels, type KnownModel, knownModel } from './catalogue.js';

/** For a model that nobody knows: small enough for most servers. The operator declares more. */
const UNKNOWN_CONTEXT_TOKENS = 32_000;
const UNKNOWN_OUTPUT_TOKENS = 8_000;
/** No answer may take more of the window than this, so that there is room for what it answers to. */
const OUTPUT_SHARE = 0.5;

/** Every model that these settings allow, cheapest first. */
export function modelCards({ providers, use }: ModelSettings): readonly ModelCard[] {
  const choices = use ?? providers.flatMap(defaultChoices);
  const cards = choices.flatMap((choice) => {
    const provider = providers.find(({ name }) => name === choice.provider);
    return provider ? [cardOf(choice, provider)] : [];
  });
  return use ? cards : cards.toSorted(cheaperFirst);
}

function defaultChoices(provider: ModelProvider): readonly ModelChoice[] {
  const { name, model } = provider;
  if (model !== undefined) return [{ provider: name, id: model, tier: 'strong' }];
  return hasCatalogue(provider) ? defaultModels(provider) : [];
}

function cardOf(choice: ModelChoice, { kind }: ModelProvider): ModelCard {
  const { provider, id, tier, name = `${provider}/${id}` } = choice;
  const known = knownModel(kind, id);
  const contextTokens = choice.contextTokens ?? windowOf(known);
  const price = choice.price ?? priceOf(known, contextTokens);
  const output = choice.maxOutputTokens ?? known?.maxOutputTokens ?? UNKNOWN_OUTPUT_TOKENS;
  return {
    name,
    provider,
    id,
    tier,
    contextTokens,
    maxOutputTokens: Math.min(output, Math.floor(contextTokens * OUTPUT_SHARE)),
    thinking: choice.thinking ?? (known !== undefined && known.thinking !== 'none'),
    images: choice.images ?? known?.images ?? false,
    price,
    ...(price !== null && choice.price === undefined && { priceAsOf: CATALOGUE_AS_OF }),
    ...(known?.endsOn !== undefined && { endsOn: known.endsOn }),
  };
}

/** Where long input costs more, the window ends before it does: whoever wants more of it declares so. */
function windowOf(known: KnownModel | undefined): number {
  if (!known) return UNKNOWN_CONTEXT_TOKENS;
  return Math.min(known.contextTokens, known.long?.over ?? known.contextTokens);
}

/** The price that can't be too low for any input that fits. */
function priceOf(known: KnownModel | undefined, contextTokens: number): Price | null {
  if (!known) return null;
  return known.long && contextTokens > known.long.over ? known.long.price : known.price;
}

function cheaperFirst(one: ModelCard, other: ModelCard): number {
  const worth = ({ tier, price }: ModelCard) => [tier === 'small' ? 0 : 1, price?.output ?? Number.POSITIVE_INFINITY];
  const [tier = 0, price = 0] = worth(one);
  const [otherTier = 0, otherPrice = 0] = worth(other);
  return tier - otherTier || (price === otherPrice ? 0 : price - otherPrice);
}
