// One vm context with a module loader of its own: the code under test lives here, so a mutant that changes a builtin
// spoils this context alone. Runs in the runner's thread.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { createGlobals, type Timers } from './globals.js';
import { resolveImport } from './resolve.js';
import { type Compiled, compile } from './transform.js';

interface Loaded {
  readonly module: { exports: unknown };
  readonly importers: Set<string>;
}

type Wrapper = (...args: readonly unknown[]) => void;

// Compiled once for all contexts of the thread.
const GLOBAL = new vm.Script('globalThis.global = globalThis');
const JOB = new vm.Script('__job()');
const OBJECT = new vm.Script('({})');
const PARSE = new vm.Script('JSON.parse(__json)');

export class Hung extends Error {
  override readonly name = 'Hung';
}

/** Compiled texts of unchanged files, shared by all contexts of the thread. */
export class Sources {
  readonly #compiled = new Map<string, Compiled>();

  get(file: string): Compiled {
    const known = this.#compiled.get(file);
    if (known) return known;
    const compiled = compile({ file, text: readFileSync(file, 'utf8') });
    this.#compiled.set(file, compiled);
    return compiled;
  }

  peek(file: string): Compiled | undefined {
    return this.#compiled.get(file);
  }

  clear(): void {
    this.#compiled.clear();
  }
}

export interface RealmOptions {
  readonly sources: Sources;
  /** Stands in for test libraries and checked builtins; undefined leaves the import to the loader. */
  readonly shim: (specifier: string) => unknown;
  readonly globals: () => Record<string, unknown>;
}

export class Realm {
  readonly timers: Timers;
  readonly #options: RealmOptions;
  readonly #context: vm.Context;
  readonly #loaded = new Map<string, Loaded>();
  readonly #overrides = new Map<string, string>();
  readonly #builtins = new Map<string, unknown>();
  #deadline = Number.POSITIVE_INFINITY;

  constructor(options: RealmOptions) {
    this.#options = options;
    const { globals, timers } = createGlobals();
    this.timers = timers;
    this.#context = vm.createContext({ ...globals, ...options.globals() });
    GLOBAL.runInContext(this.#context);
  }

  /** Work that starts after this moment is refused, work that reaches it is stopped. */
  allow(milliseconds: number): void {
    this.#deadline = performance.now() + milliseconds;
  }

  remaining(): number {
    return this.#deadline - performance.now();
  }

  /** Runs a function so that an endless loop in it ends with the time allowed. */
  guarded<Result>(job: () => Result): Result {
    const timeout = Math.ceil(this.remaining());
    if (timeout <= 0) throw new Hung('no time is left');
    this.#context.__job = job;
    try {
      return Number.isFinite(timeout) ? JOB.runInContext(this.#context, { timeout }) : job();
    } catch (error) {
      const code = (error as { readonly code?: unknown } | undefined)?.code;
      throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new Hung('ran into the time limit') : error;
    }
  }

  evaluate(script: vm.Script): unknown {
    return script.runInContext(this.#context);
  }

  override(file: string, text: string): void {
    this.#overrides.set(file, text);
    this.invalidate(file);
  }

  restore(file: string): void {
    if (this.#overrides.delete(file)) this.invalidate(file);
  }

  /** Forgets a module and every module that imports it, directly or not. */
  invalidate(file: string): void {
    const loaded = this.#loaded.get(file);
    if (!loaded) return;
    this.#loaded.delete(file);
    for (const importer of loaded.importers) this.invalidate(importer);
  }

  isLoaded(file: string): boolean {
    return this.#loaded.has(file);
  }

  replaceExports(file: string, replace: (exports: unknown) => unknown): void {
    const loaded = this.#loaded.get(file);
    if (loaded) loaded.module.exports = replace(loaded.module.exports);
  }

  load(file: string, importer?: string): unknown {
    const known = this.#loaded.get(file);
    if (known) {
      if (importer) known.importers.add(importer);
      return known.module.exports;
    }
    const loaded: Loaded = {
      module: { exports: this.evaluate(OBJECT) },
      importers: new Set(importer ? [importer] : []),
    };
    this.#loaded.set(file, loaded);
    try {
      this.#evaluateModule(file, loaded);
    } catch (error) {
      this.#loaded.delete(file);
      throw error;
    }
    return loaded.module.exports;
  }

  #evaluateModule(file: string, loaded: Loaded): void {
    if (file.endsWith('.json')) {
      const text = this.#overrides.get(file) ?? readFileSync(file, 'utf8');
      this.#context.__json = text;
      loaded.module.exports = this.evaluate(PARSE);
      return;
    }
    const text = this.#overrides.get(file);
    const { script } = text === undefined ? this.#options.sources.get(file) : compile({ file, text });
    const wrapper = script.runInContext(this.#context) as Wrapper;
    const require = this.#requireFor(file);
    wrapper.call(loaded.module.exports, loaded.module.exports, require, loaded.module, file, path.dirname(file));
  }

  #requireFor(file: string): unknown {
    const require = (specifier: string) => this.#import(specifier, file);
    return Object.assign(require, {
      resolve: (specifier: string) => resolveImport({ specifier, from: file }),
      cache: {},
      main: undefined,
    });
  }

  #import(specifier: string, from: string): unknown {
    const known = this.#builtins.get(specifier);
    if (known) return known;
    const stand = this.#options.shim(specifier) ?? (isBuiltin(specifier) ? copyOf(builtin(specifier)) : undefined);
    if (stand === undefined) return this.load(resolveImport({ specifier, from }), from);
    this.#builtins.set(specifier, stand);
    return stand;
  }
}

function builtin(specifier: string): unknown {
  return process.getBuiltinModule(specifier);
}

/** An assignment to a builtin module must not reach the modules that the engine itself uses. */
function copyOf(module: unknown): unknown {
  if (typeof module === 'object' && module !== null) return { ...module };
  return module;
}
