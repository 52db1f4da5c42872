// Where a JavaScript or TypeScript import leads. Runs in the thread that holds the code under test.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const EXTENSIONS = ['', '.js', '.ts', '.mjs', '.cjs', '.json', '.tsx', '.jsx', '.mts', '.cts'];
const INDEXES = ['index.js', 'index.ts', 'index.mjs', 'index.cjs', 'index.tsx', 'index.json'];
const CONDITIONS = new Set(['import', 'node', 'default', 'module-sync']);

export function resolveImport({ specifier, from }: { readonly specifier: string; readonly from: string }): string {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier);
  if (specifier.startsWith('.') || path.isAbsolute(specifier)) {
    return resolveFile(path.resolve(path.dirname(from), specifier), specifier);
  }
  try {
    return createRequire(from).resolve(specifier);
  } catch (error) {
    const found = resolveModulePackage({ specifier, from });
    if (found) return found;
    throw error;
  }
}

function resolveFile(wanted: string, specifier: string): string {
  // TypeScript sources name the file that the compiler will emit.
  const emitted = wanted.replace(/\.([mc]?)js$/, '.$1ts');
  for (const candidate of [wanted, emitted, `${emitted}x`, ...EXTENSIONS.map((extension) => wanted + extension)]) {
    if (existsSync(candidate) && statSync(candidate).isFile()) return candidate;
  }
  for (const index of INDEXES) {
    const candidate = path.join(wanted, index);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`Cannot find module '${specifier}'`);
}

/** A package that only offers an entry for `import`, which `createRequire` refuses. */
function resolveModulePackage({ specifier, from }: { readonly specifier: string; readonly from: string }) {
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  const rest = specifier.slice(name.length);
  for (let directory = path.dirname(from); ; directory = path.dirname(directory)) {
    const home = path.join(directory, 'node_modules', name);
    if (existsSync(path.join(home, 'package.json'))) {
      const description = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
      const entries = description.exports;
      const whole = typeof entries === 'string' || (entries && !Object.keys(entries)[0]?.startsWith('.'));
      const target = pick(whole ? (rest ? undefined : entries) : entries?.[`.${rest}`]);
      return target ? path.join(home, target) : undefined;
    }
    if (directory === path.dirname(directory)) return undefined;
  }
}

function pick(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return pick(entry[0]);
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const [condition, target] of Object.entries(entry)) {
    const found = CONDITIONS.has(condition) ? pick(target) : undefined;
    if (found) return found;
  }
  return undefined;
}
