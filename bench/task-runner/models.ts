import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { RefusedInput } from '../../schemas/parse.js';
import { configPath, loadConfig } from '../../temporal.config.js';
import type { InstallationModels } from '../installation.js';

interface Section {
  readonly providers?: Readonly<Record<string, { readonly keyFile?: string }>>;
  readonly use?: readonly { readonly provider: string }[];
}

const KEYS = {
  anthropic: { ANTHROPIC_API_KEY: '', ANTHROPIC_API_KEY_FILE: '' },
  openai: { OPENAI_API_KEY: '', OPENAI_API_KEY_FILE: '', OPENAI_BASE_URL: '' },
} as const;

/** The models of this installation, from its environment and its configuration file, or of one of its providers. */
export function configuredModels(provider?: string): InstallationModels {
  const file = configPath();
  const given =
    file === undefined ? undefined : (parseYaml(readFileSync(file, 'utf8')) as { models?: Section })?.models;
  const config = given && file !== undefined ? placed(given, dirname(file)) : undefined;
  if (provider === undefined) return { env: {}, ...(config && { config }) };
  const known = loadConfig().models.providers.map(({ name }) => name);
  if (!known.includes(provider)) {
    throw new RefusedInput('--provider', [`expected one of ${known.join(', ') || 'none: no models are configured'}`]);
  }
  const use = config?.use?.filter((choice) => choice.provider === provider);
  const providers = Object.fromEntries(Object.entries(config?.providers ?? {}).filter(([name]) => name === provider));
  const others = Object.entries(KEYS).filter(([name]) => name !== provider);
  return {
    env: Object.assign({}, ...others.map(([, blank]) => blank)),
    config: { providers, ...(use && { use }) },
  };
}

/** Paths of a configuration file are relative to it, and it is copied. */
function placed({ providers = {}, ...rest }: Section, from: string): Section {
  const moved = Object.entries(providers).map(([name, { keyFile, ...provider }]) => [
    name,
    { ...provider, ...(keyFile !== undefined && { keyFile: resolve(from, keyFile) }) },
  ]);
  return { ...rest, providers: Object.fromEntries(moved) };
}
