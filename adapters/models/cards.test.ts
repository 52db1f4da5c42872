import { describe, expect, it } from '@jest/globals';
import { ModelCard } from '../../schemas/model.js';
import { type ModelProvider, OFFICIAL_ADDRESS } from '../../schemas/model-settings.js';
import { modelCards } from './cards.js';
import { createModels } from './models.js';

const base = { apiKey: 'k', keyFrom: 'KEY', needsKey: true };
const anthropic: ModelProvider = { ...base, name: 'anthropic', kind: 'anthropic', baseUrl: OFFICIAL_ADDRESS.anthropic };
const openai: ModelProvider = { ...base, name: 'openai', kind: 'openai', baseUrl: OFFICIAL_ADDRESS.openai };
const local: ModelProvider = { ...base, name: 'local', kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1' };

describe('the models of an installation', () => {
  it.each([
    ['nothing', [], []],
    ['Anthropic', [anthropic], ['anthropic/claude-haiku-5-5', 'anthropic/claude-sonnet-5-5']],
    ['OpenAI', [openai], ['openai/gpt-5.6-luna', 'openai/gpt-5.6-terra']],
    ['a server that named its model', [{ ...local, model: 'coder' }], ['local/coder']],
    ['a server that named none', [local], []],
    [
      'both, the small ones first and the cheaper ones before the dearer',
      [{ ...local, model: 'coder' }, openai, anthropic],
      [
        'anthropic/claude-haiku-5-5',
        'openai/gpt-5.6-luna',
        'anthropic/claude-sonnet-5-5',
        'openai/gpt-5.6-terra',
        'local/coder',
      ],
    ],
  ])('are by default those of %s', (_what, providers, names) => {
    expect(modelCards({ providers, use: undefined }).map(({ name }) => name)).toEqual(names);
  });

  it('are what the operator lists, in that order, and only with providers that there are', () => {
    const use = [
      { provider: 'local', id: 'coder', tier: 'strong', name: 'ours' },
      { provider: 'anthropic', id: 'claude-haiku-5-5', tier: 'small' },
      { provider: 'nowhere', id: 'x', tier: 'small' },
    ] as const;
    const names = modelCards({ providers: [anthropic, local], use }).map(({ name }) => name);
    expect(names).toEqual(['ours', 'anthropic/claude-haiku-5-5']);
    expect(modelCards({ providers: [anthropic], use: [] })).toEqual([]);
  });

  it('are cards that the schema takes', () => {
    for (const card of modelCards({ providers: [anthropic, openai, { ...local, model: 'x' }], use: undefined })) {
      expect(ModelCard.parse(card)).toEqual(card);
    }
  });
});

describe('what is known of a model', () => {
  const card = (choice: object, provider = anthropic) =>
    modelCards({ providers: [provider], use: [{ provider: provider.name, id: 'x', tier: 'small', ...choice }] })[0];

  it('comes from the catalogue, also for its dated name', () => {
    const sonnet = card({ id: 'claude-sonnet-4-5-20250929' });
    expect(sonnet).toMatchObject({ thinking: true, images: true, price: { input: 3, output: 15 } });
    expect(sonnet).toMatchObject({ priceAsOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), endsOn: '2026-11-30' });
  });

  it('is no price when nobody knows one, and never a price of 0', () => {
    const unknown = card({ id: 'claude-next' });
    expect(unknown).toMatchObject({ price: null, contextTokens: 32_000, maxOutputTokens: 8_000, images: false });
    expect(unknown).not.toHaveProperty('priceAsOf');
    expect(card({ id: 'claude-sonnet-5-5' }, local)).toMatchObject({ price: null });
  });

  it('is what the operator declares, before the catalogue', () => {
    const price = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    const declared = { contextTokens: 64_000, maxOutputTokens: 4_000, thinking: false, images: false, price };
    const own = card({ id: 'claude-sonnet-5-5', ...declared });
    expect(own).toMatchObject(declared);
    expect(own).not.toHaveProperty('priceAsOf');
  });

  it('is a window in which its price holds, and the dearer price for a longer one', () => {
    expect(card({ id: 'claude-haiku-5-5' })).toMatchObject({
      contextTokens: 100_000,
      price: { input: 0.1, output: 0.5 },
    });
    expect(card({ id: 'claude-haiku-5-5', contextTokens: 400_000 })).toMatchObject({
      price: { input: 0.5, output: 2.5 },
    });
  });

  it('is an answer of at most half of its window', () => {
    expect(card({ id: 'claude-haiku-5-5' })).toMatchObject({ maxOutputTokens: 50_000 });
  });
});

it('a model that is not there is trouble, and says which ones are', async () => {
  const request = { model: 'x', system: '', tools: [], messages: [], maxOutputTokens: 1, thinkingTokens: 0 };
  const watch = { signal: new AbortController().signal };
  expect(await createModels({ providers: [anthropic], use: undefined }).call(request, watch)).toEqual({
    trouble: { kind: 'refused' },
    message: 'there is no model x here; there are: anthropic/claude-haiku-5-5, anthropic/claude-sonnet-5-5',
  });
});
