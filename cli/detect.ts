import { basename } from 'node:path';
import type { z } from 'zod';
import type { Blueprint } from '../schemas/blueprint.js';
import { type DetectedModule, javascriptModule } from './detect-javascript.js';
import { pythonModule } from './detect-python.js';

// Reads a blueprint off what a repository contains. Pure: files are named and read by the caller.

export interface Repository {
  /** Of the directory; becomes the module's name when the module is the whole repository. */
  readonly name: string;
  /** From the root. */
  readonly files: readonly string[];
  read(path: string): string;
}

export interface Detected {
  readonly blueprint: z.input<typeof Blueprint>;
  /** What a person should look at or add. */
  readonly notes: readonly string[];
}

const MANIFEST =
  /^(?:(.*)\/)?(package\.json|pyproject\.toml|requirements[\w.-]*\.txt|setup\.py|setup\.cfg|pytest\.ini)$/;

/** Undefined when there is nothing with tests that Signalbox knows how to run. */
export function detect(repository: Repository): Detected | undefined {
  const directories = new Set(
    repository.files.flatMap((file) => MANIFEST.exec(file)?.slice(1, 2) ?? []).map((path) => path ?? '.'),
  );
  const ordered = [...directories].sort((one, other) => one.length - other.length);
  const found = ordered.flatMap((path) => {
    // A directory with its own manifest is a module of its own, not part of the one above.
    const inner = ordered.filter((one) => one !== path && (path === '.' || one.startsWith(`${path}/`)));
    const part = within(repository, path, inner);
    return [javascriptModule(part), pythonModule(part)].filter((one) => one !== undefined);
  });
  if (found.length === 0) return undefined;
  return assemble(found);
}

/** One directory of the repository, with names from there. */
function within(repository: Repository, path: string, inner: readonly string[]) {
  const prefix = path === '.' ? '' : `${path}/`;
  const files = repository.files
    .filter((file) => file.startsWith(prefix) && !inner.some((one) => file.startsWith(`${one}/`)))
    .map((file) => file.slice(prefix.length));
  const name = toName(path === '.' ? repository.name : basename(path));
  return { path, name, files, read: (file: string) => repository.read(prefix + file) };
}

function assemble(found: readonly DetectedModule[]): Detected {
  const names = new Set<string>();
  const named = found.map((one) => {
    let name = one.name;
    for (let n = 2; names.has(name); n++) name = `${one.name}-${n}`;
    names.add(name);
    return { ...one, name };
  });
  const setup = named.flatMap((one) =>
    one.setup ? [{ name: `${one.name}-packages`, in: one.module.path, ...one.setup }] : [],
  );
  return {
    blueprint: {
      version: 1,
      modules: Object.fromEntries(named.map((one) => [one.name, one.module])),
      ...(setup.length > 0 ? { setup } : {}),
      gates: named.flatMap((one) => [
        ...one.checks.map(({ name, command }) => ({ name: `${one.name}-${name}`, in: one.module.path, command })),
        { name: `${one.name}-tests`, in: one.module.path, ...one.tests, module: one.name },
      ]),
    },
    notes: named.flatMap((one) => one.notes.map((note) => `${one.name}: ${note}`)),
  };
}

/** As blueprint names are: lower case, digits, dashes. */
function toName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 28);
  return name || 'main';
}
