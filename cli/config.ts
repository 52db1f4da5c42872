import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse as parseYaml, stringify } from 'yaml';
import { Blueprint } from '../schemas/blueprint.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import { configPath, describe, loadConfig } from '../temporal.config.js';
import { Refusal } from './errors.js';
import { json, processOutput } from './output.js';

// The configuration of the installation and the blueprint of a repo: shown and checked.

const INSTALLATION = 'signalbox.config.yaml';
const BLUEPRINT = 'signalbox.yaml';

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
  const results = files.map((path) => ({ file: path, problems: problemsOf(path) }));
  if (options.json) output.data(json(results));
  for (const result of options.json ? [] : results) {
    if (result.problems.length === 0) output.data(`${result.file} is valid`);
    else output.talk(new RefusedInput(result.file, result.problems).message);
  }
  return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

function problemsOf(path: string): readonly string[] {
  if (!existsSync(path)) throw new Refusal(`there is no file ${path}`);
  try {
    if (basename(path) === INSTALLATION || path === configPath()) loadConfig({ SIGNALBOX_CONFIG: path });
    else parse(Blueprint, parseYaml(readFileSync(path, 'utf8')), path);
    return [];
  } catch (error) {
    if (error instanceof RefusedInput) return error.problems;
    if (error instanceof Error && error.name.startsWith('YAML')) return [`not YAML: ${error.message.split('\n')[0]}`];
    throw error;
  }
}
