import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse as parseYaml, stringify } from 'yaml';
import { parse, RefusedInput } from '../schemas/parse.js';
import { configPath, describe, loadConfig } from '../temporal.config.js';
import { BLUEPRINT, INSTALLATION, kindOf } from './config-kinds.js';
import { Refusal } from './errors.js';
import { json, processOutput } from './output.js';

// The configuration of the installation and the blueprint of a repo: shown and checked.

export async function print(options: { readonly json: boolean }): Promise<number> {
  const config = loadConfig();
  const shown = describe(config);
  processOutput(config.color).data(options.json ? json(shown) : stringify(shown).trimEnd());
  return 0;
}

interface Validate {
  readonly file: string | undefined;
  readonly json: boolean;
}

export async function validate({ file, ...options }: Validate): Promise<number> {
  const files =
    file === undefined ? [configPath() ?? INSTALLATION, BLUEPRINT].filter((path) => existsSync(path)) : [file];
  if (files.length === 0) {
    throw new Refusal(
      `there is no ${INSTALLATION} and no ${BLUEPRINT} here; name a file, or write one with \`signalbox init\``,
    );
  }
  const output = processOutput(false);
  const results = files.map((path) => ({ file: path, ...judged(path) }));
  if (options.json) output.data(json(results));
  for (const result of options.json ? [] : results) {
    const { file: path, kind, problems } = result;
    const as = kind === undefined || basename(path) === kind ? '' : `, as ${kind}`;
    if (problems.length === 0) output.data(`${path} is valid${as}`);
    else output.talk(new RefusedInput(`${path}${as}`, problems).message);
  }
  return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

interface Judged {
  /** Which file it is; undefined for what is no YAML. */
  readonly kind: string | undefined;
  readonly problems: readonly string[];
}

function judged(path: string): Judged {
  if (!existsSync(path)) throw new Refusal(`there is no file ${path}`);
  let kind: string | undefined;
  try {
    const content: unknown = parseYaml(readFileSync(path, 'utf8'));
    const found = kindOf(path === configPath() ? INSTALLATION : path, content);
    kind = found.name;
    // The paths and variables that go with it are looked at too.
    if (kind === INSTALLATION) loadConfig({ SIGNALBOX_CONFIG: path });
    else parse(found.schema, content, path);
    return { kind, problems: [] };
  } catch (error) {
    if (error instanceof RefusedInput) return { kind, problems: error.problems };
    if (error instanceof Error && error.name.startsWith('YAML')) {
      return { kind, problems: [`not YAML: ${error.message.split('\n')[0]}`] };
    }
    throw error;
  }
}
