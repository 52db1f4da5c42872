import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { Blueprint } from '../schemas/blueprint.js';
import { parse } from '../schemas/parse.js';
import { detect } from './detect.js';
import { Refusal } from './errors.js';
import { json, processOutput, safe } from './output.js';

// Writes the blueprint of a repository from what is found there, for a person to go over.

const FILE = 'signalbox.yaml';
const SKIPPED = new Set(['node_modules', '.git', 'dist', 'build', 'coverage', '.venv', 'venv', '__pycache__', '.deps']);
/** Deeper manifests belong to fixtures more often than to modules. */
const MANIFEST_DEPTH = 3;

export interface Init {
  readonly directory: string;
  readonly force: boolean;
  readonly json: boolean;
}

export async function init({ directory, force, ...options }: Init): Promise<number> {
  const root = resolve(directory);
  if (!existsSync(root) || !statSync(root).isDirectory()) throw new Refusal(`there is no directory ${root}`);
  const target = join(root, FILE);
  if (existsSync(target) && !force) throw new Refusal(`${target} is there already; --force replaces it`);
  const files = listFiles(root);
  const detected = detect({ name: basename(root), files, read: (path) => readFileSync(join(root, path), 'utf8') });
  if (!detected) {
    throw new Refusal(
      `nothing in ${root} has tests that Signalbox knows how to run (node --test, jest, vitest, mocha, pytest, unittest); ` +
        'add a test, or write signalbox.yaml by hand',
    );
  }
  const blueprint = parse(Blueprint, detected.blueprint, `the detected ${FILE}`);
  writeFileSync(
    target,
    `# What this repository declares about itself to Signalbox.\n${stringify(detected.blueprint, { lineWidth: 0 })}`,
  );
  const notes = [...detected.notes, ...ignoreNotes(root, blueprint)];
  const output = processOutput(false);
  if (options.json) output.data(json({ file: target, modules: Object.keys(blueprint.modules), notes }));
  else {
    output.data(target);
    output.talk(nextSteps(blueprint, notes).join('\n'));
  }
  return 0;
}

function nextSteps(blueprint: Blueprint, notes: readonly string[]): string[] {
  return [
    `found: ${Object.entries(blueprint.modules)
      .map(([name, { path, runner }]) => `${name} (${path}, ${runner})`)
      .join(', ')}`,
    ...(notes.length > 0 ? ['look at:', ...notes.map((note) => `  ${safe(note)}`)] : []),
    'next:',
    `  1. go over ${FILE}: gates, protected paths under \`policy\`, end-to-end checks under \`scenarios\``,
    '  2. commit it to the default branch; it is read from there only',
    '  3. name the repository under `repos` in signalbox.config.yaml, then `signalbox doctor`',
  ];
}

/** What gates and set-up write must not become part of a change. */
function ignoreNotes(root: string, blueprint: Blueprint): string[] {
  const written = new Set<string>();
  for (const step of blueprint.setup)
    written.add(join(step.in, step.registries.includes('npm') ? 'node_modules' : '.deps'));
  for (const gate of blueprint.gates) if (gate.report) written.add(join(gate.in, 'reports'));
  return [...written].filter((path) => !isIgnored(root, path)).map((path) => `${path}/ should be ignored by git`);
}

function isIgnored(root: string, path: string): boolean {
  try {
    execFileSync('git', ['-C', root, 'check-ignore', '-q', `${path}/x`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function listFiles(root: string): string[] {
  const files: string[] = [];
  const visit = (directory: string, depth: number) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(path, depth + 1);
      else if (entry.isFile() && (depth <= MANIFEST_DEPTH || !/\.(json|toml|txt)$/.test(entry.name))) {
        files.push(relative(root, path));
      }
    }
  };
  visit(root, 0);
  return files;
}
