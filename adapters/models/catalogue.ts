import type { ModelChoice, ModelProvider } from '../../schemas/model-settings.js';
import type { Price } from '../../schemas/money.js';
import { DATA } from './catalogue-data.js';

// What is known of models before they are called. Data with a date; what the operator declares goes before it.

/** How a model is told to think. */
export type Thinking =
  /** It can't. */
  | 'none'
  /** It is given tokens to think with. */
  | 'budget'
  /** It is told an effort, and may be told not to think. */
  | 'adaptive'
  /** As `adaptive`, but it always thinks, and no tool can be forced on it. */
  | 'always'
  /** As `always`, but it may be told to think between tools only. */
  | 'between-tools'
  /** Its server decides. */
  | 'own';

export interface KnownModel {
  readonly kind: ModelProvider['kind'];
  readonly tier: 'small' | 'strong';
  /** Meant when the operator names no model. */
  readonly default?: true;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly thinking: Thinking;
  readonly images: boolean;
  readonly price: Price | null;
  /** What every token of a call costs whose input is longer than `over` tokens. */
  readonly long?: { readonly over: number; readonly price: Price | null };
  /** Date at which the provider switches it off. */
  readonly endsOn?: string;
}

export interface CatalogueData {
  /** Date of the price list. */
  readonly asOf: string;
  readonly source: string;
  readonly models: Readonly<Record<string, KnownModel>>;
}

export const CATALOGUE_AS_OF = DATA.asOf;
export const CATALOGUE_SOURCE = DATA.source;

/** Undefined when the catalogue has no such model. A dated name (`…-20251001`) is the model of that name. */
export function knownModel(kind: ModelProvider['kind'], id: string): KnownModel | undefined {
  const models = new Map(Object.entries(DATA.models));
  const known = models.get(id) ?? models.get(id.replace(/-\d{4}-?\d{2}-?\d{2}$/, ''));
  return known?.kind === kind ? known : undefined;
}

/** The models of the newest generation, the small one first. */
export function defaultModels({ name, kind }: Pick<ModelProvider, 'name' | 'kind'>): readonly ModelChoice[] {
  return Object.entries(DATA.models)
    .filter(([, model]) => model.kind === kind && model.default === true)
    .map(([id, { tier }]) => ({ provider: name, id, tier }));
}
