import { z } from 'zod';
import { Tier } from './model.js';
import { Price } from './money.js';

// Which models an installation may call, and where: the part `models` of its configuration.

/** Keys belong into the environment, not into an address that is logged. */
export const Address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/^[^/]+\/\/[^/]*@/.test(url), 'expected an address without a user name or password')
  .transform((url) => url.replace(/\/+$/, ''));

const ProviderName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected small letters, digits and dashes');

const ProviderEntry = z.strictObject({
  kind: z.enum(['anthropic', 'openai']).describe('`openai`: everything that speaks chat/completions'),
  baseUrl: Address,
  keyFile: z.string().min(1).optional().describe('File with the key; relative to the configuration file'),
  keyEnv: z.string().min(1).optional().describe('Variable with the key'),
});

export const ModelChoice = z.strictObject({
  name: z.string().min(1).optional().describe('By default `<provider>/<id>`'),
  provider: ProviderName,
  id: z.string().min(1).describe('As the provider calls it'),
  tier: Tier,
  contextTokens: z.number().int().min(1000).optional(),
  maxOutputTokens: z.number().int().min(256).optional(),
  thinking: z.boolean().optional(),
  images: z.boolean().optional(),
  price: Price.optional().describe('US dollars per million tokens; 0 only where it costs nothing'),
});
export type ModelChoice = Readonly<z.infer<typeof ModelChoice>>;

export const ModelsSection = z.strictObject({
  providers: z.record(ProviderName, ProviderEntry).default({}),
  use: z.array(ModelChoice).optional().describe('Cheapest first; by default what is configured. Empty: no models'),
  quotaDays: z
    .number()
    .positive()
    .max(60)
    .default(7)
    .describe('How long work waits for a provider whose quota is used up before it stops, with what it has'),
});

export interface ModelProvider {
  readonly name: string;
  readonly kind: 'anthropic' | 'openai';
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** What to set to give it a key, told to people. */
  readonly keyFrom: string;
  /** True: without a key it can't be called. */
  readonly needsKey: boolean;
  /** Its one model, where nobody listed any; undefined: the defaults of the catalogue, if its address is known. */
  readonly model?: string;
}

export interface ModelSettings {
  readonly providers: readonly ModelProvider[];
  readonly use: readonly ModelChoice[] | undefined;
}

export const OFFICIAL_ADDRESS = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com/v1',
} as const satisfies Record<ModelProvider['kind'], string>;

/** The catalogue's models are meant by default: whoever speaks Anthropic's protocol has Claude. */
export function hasCatalogue({ kind, baseUrl }: Pick<ModelProvider, 'kind' | 'baseUrl'>): boolean {
  return kind === 'anthropic' || baseUrl === OFFICIAL_ADDRESS.openai;
}

/** What would make every call of a model fail, each with what to do about it. */
export function modelProblems({ providers, use }: ModelSettings): { problem: string; remedy: string }[] {
  const used = use && new Set(use.map(({ provider }) => provider));
  const strangers = [...(used ?? [])].filter((name) => !providers.some((provider) => provider.name === name));
  return [
    ...strangers.map((name) => ({
      problem: `models.use names the provider ${name}, which is not configured`,
      remedy:
        name === 'anthropic' || name === 'openai'
          ? `set ${name === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY or OPENAI_BASE_URL'}, or take it out of \`models.use\``
          : 'add it under `models.providers`, or take it out of `models.use`',
    })),
    ...providers
      .filter(({ name }) => used?.has(name) ?? true)
      .flatMap((provider) => providerProblems(provider, used !== undefined)),
  ];
}

function providerProblems(provider: ModelProvider, listed: boolean): { problem: string; remedy: string }[] {
  const { name, apiKey, keyFrom, needsKey, model } = provider;
  return [
    ...(needsKey && apiKey === undefined
      ? [{ problem: `the model provider ${name} has no key`, remedy: `set ${keyFrom}` }]
      : []),
    ...(!listed && model === undefined && !hasCatalogue(provider)
      ? [
          {
            problem: `no model of the provider ${name} is named`,
            remedy: `${name === 'openai' ? 'set OPENAI_MODEL, or ' : ''}list its models under \`models.use\``,
          },
        ]
      : []),
  ];
}
