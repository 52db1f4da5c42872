import { describe, expect, it } from '@jest/globals';
import { CATALOGUE_AS_OF } from '../adapters/models/catalogue.js';
import { type ModelChoice, type ModelProvider, OFFICIAL_ADDRESS } from '../schemas/model-settings.js';
import { modelProbes } from './doctor-models.js';

const anthropic: ModelProvider = {
  name: 'anthropic',
  kind: 'anthropic',
  baseUrl: OFFICIAL_ADDRESS.anthropic,
  apiKey: 'hush',
  keyFrom: 'ANTHROPIC_API_KEY',
  needsKey: true,
};
const probes = (use: readonly ModelChoice[] | undefined, today = CATALOGUE_AS_OF) =>
  modelProbes({ providers: [anthropic], use }, today).map(
    ({ probe, ok, detail }) => `${ok ? 'ok' : 'no'} ${probe}: ${detail}`,
  );
const old: ModelChoice = { provider: 'anthropic', id: 'claude-sonnet-4-5', tier: 'strong' };

describe('what the doctor says about models', () => {
  it('is each with its price, and how old prices are', () => {
    expect(probes(undefined)).toEqual([
      expect.stringMatching(
        /^ok model anthropic\/claude-haiku-5-5: small, 100000 tokens of context, \$0\.1 in and \$0\.5 out/,
      ),
      expect.stringMatching(/^ok model anthropic\/claude-sonnet-5-5: strong, .*\$2 in and \$10 out/),
      expect.stringMatching(new RegExp(`^ok model prices: of ${CATALOGUE_AS_OF} \\(litellm [0-9.]+\\)$`)),
    ]);
    expect(probes(undefined, '2036-01-01').at(-1)).toContain('days old');
  });

  it('is which ones end, and fails when one has', () => {
    expect(probes([old], '2026-11-29')[0]).toMatch(/^ok .*switches it off on 2026-11-30$/);
    expect(probes([old], '2026-11-30')[0]).toMatch(/^no .*switched it off on 2026-11-30$/);
  });

  it('is that a price is unknown, and not that it is none', () => {
    expect(probes([{ ...old, id: 'claude-next' }])).toEqual([expect.stringContaining('price unknown')]);
  });

  it('is how to get one when there is none', () => {
    expect(probes([])).toEqual([expect.stringMatching(/^ok models: none.*ANTHROPIC_API_KEY or OPENAI_BASE_URL/)]);
  });
});
