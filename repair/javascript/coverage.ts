// Executed lines and entered functions since the last look, by V8's precise coverage. Runs in the runner's thread.

import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { readMappings } from './source-map.js';
import { type Compiled, WRAPPER_LENGTH } from './transform.js';

export interface Executed {
  readonly lines: Map<string, Set<number>>;
  readonly symbols: Set<string>;
}

export class Coverage {
  readonly #session = new Session();
  readonly #sources: (file: string) => Compiled | undefined;
  readonly #lines = new Map<string, Int32Array>();

  constructor({ sources }: { readonly sources: (file: string) => Compiled | undefined }) {
    this.#sources = sources;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since the last call. The inspector answers at once when it is asked from its own thread. */
  take(): Executed {
    const executed: Executed = { lines: new Map(), symbols: new Set() };
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      for (const script of answer.result) {
        const file = script.url.startsWith('file:') ? fileURLToPath(script.url) : script.url;
        const compiled = this.#sources(file);
        if (compiled) this.#read({ file, script, compiled, executed });
      }
    });
    return executed;
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  #read(found: { file: string; script: Profiler.ScriptCoverage; compiled: Compiled; executed: Executed }): void {
    const { file, script, compiled, executed } = found;
    const counts = paint(script.functions, compiled.code.length);
    const lineOf = this.#lineTable(file, compiled);
    const lines = executed.lines.get(file) ?? new Set<number>();
    for (let offset = 0; offset < lineOf.length; offset++) {
      const line = lineOf[offset];
      if (line && counts[offset]) lines.add(line);
    }
    if (lines.size > 0) executed.lines.set(file, lines);
    for (const entered of script.functions) {
      if (entered.functionName && entered.ranges[0]?.count) executed.symbols.add(entered.functionName);
    }
  }

  /** Per offset of the code that ran, the source line that it stands for, or 0. */
  #lineTable(file: string, compiled: Compiled): Int32Array {
    const known = this.#lines.get(file);
    if (known) return known;
    const table =
      compiled.map === undefined ? plainTable(compiled.code, WRAPPER_LENGTH) : mappedTable(compiled.code, compiled.map);
    this.#lines.set(file, table);
    return table;
  }
}

/** Inner ranges come after the outer ones that they refine. */
export function paint(functions: readonly Profiler.FunctionCoverage[], length: number): Int32Array {
  const counts = new Int32Array(length);
  const ranges = functions.flatMap((entered) => entered.ranges);
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const range of ranges) counts.fill(range.count, range.startOffset, range.endOffset);
  return counts;
}

/** `from`: where the source text begins in the code that ran. */
export function plainTable(code: string, from: number): Int32Array {
  const table = new Int32Array(code.length);
  let line = 1;
  for (let offset = from; offset < code.length; offset++) {
    if (code[offset] === '\n') line += 1;
    else if (/[\w$'"`[!-]/.test(code[offset] ?? '')) table[offset] = line;
  }
  return table;
}

function mappedTable(code: string, map: string): Int32Array {
  const table = new Int32Array(code.length);
  const starts = [0];
  for (let offset = 0; offset < code.length; offset++) if (code[offset] === '\n') starts.push(offset + 1);
  for (const mapping of readMappings(map)) {
    const shift = mapping.line === 0 ? WRAPPER_LENGTH : 0;
    const offset = (starts[mapping.line] ?? 0) + mapping.column + shift;
    if (offset < code.length && /[\w$'"`[!-]/.test(code[offset] ?? '')) table[offset] = mapping.source;
  }
  return table;
}
