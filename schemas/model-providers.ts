import { z } from 'zod';
import { Address, type ModelProvider, type ModelsSection, OFFICIAL_ADDRESS } from './model-settings.js';
import { parse } from './parse.js';

/** Addresses from the environment are held to the same rules as those of the file. */
const ModelEnvironment = z.object({
  ANTHROPIC_BASE_URL: Address.optional(),
  OPENAI_BASE_URL: Address.optional(),
  OPENAI_MODEL: z.string().min(1).optional(),
});

/** How keys are read. Both give undefined where there is none, and throw `RefusedInput` for a file that is missing. */
interface Secrets {
  /** The variable, or the file that the variable `<name>_FILE` names. */
  readonly variable: (name: string) => string | undefined;
  /** `where` names the setting for the person who must mend it. */
  readonly file: (path: string, where: string) => string | undefined;
}

/** Those that their variables bring about, and those of the file, which come before them where names are equal. */
export function modelProviders(
  { providers }: z.infer<typeof ModelsSection>,
  env: Readonly<Record<string, string | undefined>>,
  secrets: Secrets,
): ModelProvider[] {
  const named = Object.entries(providers).map(([name, { kind, baseUrl, keyFile, keyEnv }]) => ({
    name,
    kind,
    baseUrl,
    apiKey: keyFile
      ? secrets.file(keyFile, `models.providers.${name}.keyFile`)
      : keyEnv && (secrets.variable(keyEnv) || undefined),
    keyFrom: keyEnv ? variable(keyEnv) : `models.providers.${name}.${keyFile ? 'keyFile' : 'keyEnv'}`,
    needsKey: kind === 'anthropic' || keyEnv !== undefined || keyFile !== undefined,
  }));
  return [...fromEnvironment(env, secrets).filter(({ name }) => !(name in providers)), ...named];
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>, secrets: Secrets): ModelProvider[] {
  // An empty variable is one that is not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { ANTHROPIC_BASE_URL, OPENAI_BASE_URL, OPENAI_MODEL } = parse(ModelEnvironment, given, 'the environment');
  const anthropicKey = secrets.variable('ANTHROPIC_API_KEY');
  const openaiKey = secrets.variable('OPENAI_API_KEY');
  const found: ModelProvider[] = [];
  if (anthropicKey !== undefined) {
    found.push({
      name: 'anthropic',
      kind: 'anthropic',
      baseUrl: ANTHROPIC_BASE_URL ?? OFFICIAL_ADDRESS.anthropic,
      apiKey: anthropicKey,
      keyFrom: variable('ANTHROPIC_API_KEY'),
      needsKey: true,
    });
  }
  if (openaiKey !== undefined || OPENAI_BASE_URL !== undefined) {
    const baseUrl = OPENAI_BASE_URL ?? OFFICIAL_ADDRESS.openai;
    found.push({
      name: 'openai',
      kind: 'openai',
      baseUrl,
      apiKey: openaiKey,
      keyFrom: variable('OPENAI_API_KEY'),
      // Servers of one's own need none.
      needsKey: baseUrl === OFFICIAL_ADDRESS.openai,
      ...(OPENAI_MODEL !== undefined && { model: OPENAI_MODEL }),
    });
  }
  return found;
}

function variable(name: string): string {
  return `${name} (or ${name}_FILE)`;
}
