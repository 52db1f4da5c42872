// Which files of the checkout are tests, which are sources, and which an edit may touch.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import type { Module } from '../schemas/blueprint.js';

const SKIPPED = new Set(['node_modules', '.git', '.venv', 'venv', '__pycache__', 'site-packages']);

export interface ModuleFiles {
  /** From the root of the repository, sorted. */
  readonly tests: readonly string[];
  readonly sources: readonly string[];
}

export function listFiles({ root, module }: { readonly root: string; readonly module: Module }): ModuleFiles {
  const base = path.join(root, module.path);
  const isTest = matcher(module.tests);
  const isSource = matcher(module.sources);
  const all = [...walkFiles(base, '')].sort();
  const fromRoot = (file: string) => path.posix.normalize(path.posix.join(module.path, file));
  return {
    tests: all.filter(isTest).map(fromRoot),
    sources: all.filter((file) => isSource(file) && !isTest(file) && /\.([mc]?[jt]sx?|py)$/.test(file)).map(fromRoot),
  };
}

export function matcher(globs: readonly string[]): (file: string) => boolean {
  const matches = picomatch(
    globs.map((glob) => glob.replace(/^\.\//, '')),
    { dot: true },
  );
  return (file) => matches(file);
}

function* walkFiles(base: string, inside: string): Generator<string> {
  for (const entry of readdirSync(path.join(base, inside), { withFileTypes: true })) {
    const name = path.posix.join(inside, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* walkFiles(base, name);
    else if (entry.isFile()) yield name;
  }
}
