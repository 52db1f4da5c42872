// Which lines a spawned run executed: from the files that V8 or istanbul left, or, where there are none, what the test
// file can reach by its imports.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { paint, plainTable } from '../javascript/coverage.js';
import { resolveImport } from '../javascript/resolve.js';
import { readMappings } from '../javascript/source-map.js';

export interface Executed {
  /** Source file, from the root -> lines. */
  readonly lines: ReadonlyMap<string, ReadonlySet<number>>;
  readonly symbols: ReadonlySet<string>;
}

/** From the root, when it is a file whose lines count. */
type Naming = (file: string) => string | undefined;

interface MapCache {
  readonly lineLengths: readonly number[];
  readonly data: { readonly mappings?: string } | null;
}

interface V8File {
  readonly result: readonly Profiler.ScriptCoverage[];
  readonly 'source-map-cache'?: Readonly<Record<string, MapCache>>;
}

export function readV8(directory: string, nameOf: Naming): Executed {
  const lines = new Map<string, Set<number>>();
  const symbols = new Set<string>();
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const { result, 'source-map-cache': maps = {} } = JSON.parse(
      readFileSync(path.join(directory, name), 'utf8'),
    ) as V8File;
    for (const { url, functions } of result) {
      const file = url.startsWith('file:') ? fileURLToPath(url) : url;
      const known = nameOf(file);
      if (known === undefined || !existsSync(file)) continue;
      const table = maps[url]?.data?.mappings ? mappedTable(maps[url]) : plainTable(readFileSync(file, 'utf8'), 0);
      const counts = paint(functions, table.length);
      const found = lines.get(known) ?? new Set();
      for (let offset = 0; offset < table.length; offset++)
        if (table[offset] && counts[offset]) found.add(table[offset] ?? 0);
      lines.set(known, found);
      for (const { functionName, ranges } of functions) if (functionName && ranges[0]?.count) symbols.add(functionName);
    }
  }
  return { lines, symbols };
}

/** Every offset of the generated code stands for the line of the mapping before it. */
function mappedTable({ lineLengths, data }: MapCache): Int32Array {
  const starts: number[] = [0];
  for (const length of lineLengths) starts.push((starts.at(-1) ?? 0) + length + 1);
  const table = new Int32Array(starts.at(-1) ?? 0);
  for (const { line, column, source } of readMappings(JSON.stringify(data))) {
    const offset = (starts[line] ?? 0) + column;
    if (offset < table.length) table[offset] = source;
  }
  return table;
}

interface Istanbul {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
  readonly fnMap: Readonly<Record<string, { readonly name: string }>>;
  readonly f: Readonly<Record<string, number>>;
}

export function readIstanbul(directory: string, nameOf: Naming): Executed | undefined {
  const report = path.join(directory, 'coverage-final.json');
  if (!existsSync(report)) return undefined;
  const lines = new Map<string, Set<number>>();
  const symbols = new Set<string>();
  const files = Object.values(JSON.parse(readFileSync(report, 'utf8')) as Record<string, Istanbul>);
  for (const { path: file, statementMap, s, fnMap, f } of files) {
    const known = nameOf(file);
    if (known === undefined) continue;
    const ran = Object.entries(statementMap).filter(([id]) => s[id]);
    if (ran.length > 0) lines.set(known, new Set(ran.map(([, { start }]) => start.line)));
    for (const [id, { name }] of Object.entries(fnMap)) if (f[id]) symbols.add(name);
  }
  return { lines, symbols };
}

const IMPORT = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*['"](\.[^'"]+)['"]/g;

/** All lines of what a test file imports: coarse, but it tells the file. */
export function readImports(test: string, nameOf: Naming): Executed {
  const lines = new Map<string, Set<number>>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    const known = nameOf(file);
    const written = text.split('\n').flatMap((line, index) => (/[\w$]/.test(line) ? [index + 1] : []));
    if (known !== undefined) lines.set(known, new Set(written));
    for (const [, specifier = ''] of text.matchAll(IMPORT)) {
      try {
        visit(resolveImport({ specifier, from: file }));
      } catch {
        // An import that leads nowhere is for the test to report.
      }
    }
  };
  visit(test);
  return { lines, symbols: new Set() };
}
