// Writes adapters/models/catalogue-data.ts anew from a price list in the format of litellm's
// model_prices_and_context_window_backup.json (PyPI package litellm, MIT). It is run by a person, never by the product:
//   node scripts/update-prices.mjs model_prices_and_context_window_backup.json 2026-11-21 'litellm 1.109.1'
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const TARGET = 'adapters/models/catalogue-data.ts';
const BIOME = 'node_modules/@biomejs/biome/bin/biome';

/** What no price list says: how strong a model is, which ones are meant when none is named, and how it is told to think. */
const KEPT = {
  anthropic: {
    'claude-haiku-5-5': { tier: 'small', default: true },
    'claude-sonnet-5-5': { tier: 'strong', default: true, thinking: 'between-tools' },
    'claude-opus-5-5': { tier: 'strong' },
    'claude-fable-5-1': { tier: 'strong' },
    'claude-opus-5': { tier: 'strong' },
    'claude-sonnet-5': { tier: 'strong' },
    'claude-opus-4-8': { tier: 'strong' },
    'claude-sonnet-4-6': { tier: 'strong' },
    'claude-haiku-4-5': { tier: 'small' },
    'claude-sonnet-4-5': { tier: 'strong' },
  },
  openai: {
    'gpt-5.6-luna': { tier: 'small', default: true },
    'gpt-5.6-terra': { tier: 'strong', default: true },
    'gpt-5.6-sol': { tier: 'strong' },
    'gpt-5.6': { tier: 'strong' },
    'gpt-5.5': { tier: 'strong' },
    'gpt-5.4-mini': { tier: 'small' },
    'gpt-4.1': { tier: 'strong' },
    'gpt-4.1-mini': { tier: 'small' },
  },
};

const [file, asOf, source] = process.argv.slice(2);
if (!file || !/^\d{4}-\d{2}-\d{2}$/.test(asOf ?? '') || !source) {
  console.error('usage: node scripts/update-prices.mjs <price list> <date of it, YYYY-MM-DD> <source>');
  process.exit(2);
}
const list = JSON.parse(readFileSync(file, 'utf8'));

/** Dollars per million tokens, without the noise of binary fractions. */
const perMillion = (perToken) => Number((perToken * 1e6).toPrecision(9));

function priceOf(entry, suffix = '') {
  const cost = (what) => entry[`${what}${suffix}`];
  const input = cost('input_cost_per_token');
  const output = cost('output_cost_per_token');
  if (input === undefined || output === undefined) return null;
  return {
    input: perMillion(input),
    output: perMillion(output),
    // Who names no price of its own for the cache bills those tokens as input.
    cacheRead: perMillion(cost('cache_read_input_token_cost') ?? input),
    cacheWrite: perMillion(cost('cache_creation_input_token_cost') ?? input),
  };
}

/** A price that rises with the length of the prompt: from which length on, and to what. */
function longPrice(entry) {
  const key = Object.keys(entry).find((name) => /^input_cost_per_token_above_\d+k_tokens$/.test(name));
  const thousands = key?.match(/above_(\d+)k/)?.[1];
  return thousands && { over: Number(thousands) * 1000, price: priceOf(entry, `_above_${thousands}k_tokens`) };
}

function thinkingOf(kind, entry) {
  if (!entry.supports_reasoning) return 'none';
  if (kind === 'openai') return 'own';
  if (entry.thinking_always_on) return 'always';
  return entry.supports_adaptive_thinking ? 'adaptive' : 'budget';
}

function entryOf(kind, id, kept) {
  const entry = list[id];
  if (!entry) throw new Error(`${file} has no ${id}`);
  const long = longPrice(entry);
  return {
    kind,
    tier: kept.tier,
    ...(kept.default && { default: true }),
    contextTokens: entry.max_input_tokens,
    maxOutputTokens: entry.max_output_tokens,
    thinking: kept.thinking ?? thinkingOf(kind, entry),
    images: entry.supports_vision === true,
    price: priceOf(entry),
    ...(long && { long }),
    ...(entry.deprecation_date && { endsOn: entry.deprecation_date }),
  };
}

const models = Object.entries(KEPT).flatMap(([kind, ids]) =>
  Object.entries(ids).map(([id, kept]) => [id, entryOf(kind, id, kept)]),
);
writeFileSync(
  TARGET,
  `import type { CatalogueData } from './catalogue.js';

// Written by scripts/update-prices.mjs; dollars per million tokens.

export const DATA: CatalogueData = {
  asOf: ${JSON.stringify(asOf)},
  source: ${JSON.stringify(source)},
  models: {
${models.map(([id, entry]) => `${JSON.stringify(id)}: ${JSON.stringify(entry)},`).join('\n')}
  },
};
`,
);
const { status } = spawnSync(process.execPath, [BIOME, 'check', '--write', TARGET], { stdio: 'inherit' });
process.exitCode = status ?? 1;
