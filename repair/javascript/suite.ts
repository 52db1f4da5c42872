// Loads test files into a realm and runs chosen tests of them. Runs in the runner's thread.
import path from 'node:path';
import type { Outcome } from '../runner.js';
import { createLibraries } from './libraries.js';
import { Hung, Realm, type Sources } from './realm.js';
import { type Declared, type Suite as Group, Registry } from './registry.js';

export interface Ran {
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly error?: unknown;
}

interface SuiteOptions {
  /** Absolute. */
  readonly root: string;
  /** From the root. */
  readonly module: string;
  readonly sources: Sources;
  /** Spare the text of failures. */
  readonly brief: boolean;
  /** As in node:test and vitest; elsewhere the parameter of a body is `done`. */
  readonly bodiesTakeContext: boolean;
}

export class Suite {
  readonly realm: Realm;
  readonly #options: SuiteOptions;
  readonly #assert: unknown;
  readonly #files = new Map<string, Registry>();
  #registry = new Registry({ file: '' });

  constructor(options: SuiteOptions) {
    this.#options = options;
    const libraries = createLibraries({ api: () => this.#registry.api(), brief: options.brief });
    this.#assert = libraries.shim('node:assert');
    this.realm = new Realm({ sources: options.sources, shim: libraries.shim, globals: libraries.globals });
  }

  /** Tests that a file declares. A file stays loaded until one of the modules that it imports changes. */
  async declared(file: string): Promise<readonly Declared[]> {
    const absolute = path.join(this.#options.root, file);
    const known = this.#files.get(file);
    if (known && this.realm.isLoaded(absolute)) return known.tests;
    const name = path.relative(this.#options.module, file).split(path.sep).join('/');
    const registry = new Registry({ file: name });
    this.#registry = registry;
    this.#files.set(file, registry);
    this.realm.guarded(() => this.realm.load(absolute));
    return registry.tests;
  }

  async run(test: Declared): Promise<readonly Ran[]> {
    const { id, title } = test;
    if (test.skipped) return [{ id, title, outcome: 'skip' }];
    const inner: Ran[] = [];
    const context = this.#context({ id, inner });
    try {
      await this.#before(test.suite);
      await this.#invoke(test.body, context);
      for (let group: Group | undefined = test.suite; group; group = group.parent)
        await this.#hooks(group.hooks.afterEach);
    } catch (error) {
      if (error instanceof Hung) throw error;
      if ((error as { readonly message?: unknown })?.message === SKIP) return [{ id, title, outcome: 'skip' }];
      return [{ id, title, outcome: 'fail', error }, ...inner];
    } finally {
      this.realm.timers.clear();
    }
    const failed = inner.find((part) => part.outcome === 'fail');
    return [failed ? { id, title, outcome: 'fail', error: failed.error } : { id, title, outcome: 'pass' }, ...inner];
  }

  async #before(group: Group): Promise<void> {
    const chain: Group[] = [];
    for (let at: Group | undefined = group; at; at = at.parent) chain.unshift(at);
    for (const at of chain) {
      if (at.started && at.parent) continue;
      if (at.started && at.hooks.beforeAll.length === 0) continue;
      at.started = true;
      await this.#hooks(at.hooks.beforeAll.splice(0));
    }
    for (const at of chain) await this.#hooks(at.hooks.beforeEach);
  }

  async #hooks(hooks: readonly NonNullable<Declared['body']>[]): Promise<void> {
    for (const hook of hooks) await this.#invoke(hook, this.#context({ id: '', inner: [] }));
  }

  /** Mocha and jest bodies with a parameter wait for `done`; a node:test body gets its context there. */
  async #invoke(body: Declared['body'], context: object): Promise<void> {
    if (!body) return;
    const takesDone = body.length > 0 && !this.#options.bodiesTakeContext;
    const result = this.realm.guarded(() =>
      takesDone ? new Promise((resolve, reject) => body((e: unknown) => (e ? reject(e) : resolve(0)))) : body(context),
    );
    if (isPromise(result)) await this.#inTime(result);
  }

  async #inTime(pending: PromiseLike<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((_resolve, reject) => {
      const wait = this.realm.remaining();
      if (Number.isFinite(wait))
        timer = setTimeout(() => reject(new Hung('still waiting at the time limit')), Math.max(1, wait));
    });
    try {
      await Promise.race([pending, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The `t` of node:test, with subtests. */
  #context({ id, inner }: { readonly id: string; readonly inner: Ran[] }): object {
    const skip = () => {
      throw new Error(SKIP);
    };
    const subtest = async (title: unknown, ...rest: readonly unknown[]) => {
      const body = [title, ...rest].find(
        (value): value is NonNullable<Declared['body']> => typeof value === 'function',
      );
      const name = typeof title === 'function' ? title.name : String(title);
      const nested = `${id} > ${name}`;
      const parts: Ran[] = [];
      try {
        await this.#invoke(body, this.#context({ id: nested, inner: parts }));
        inner.push({ id: nested, title: name, outcome: 'pass' }, ...parts);
      } catch (error) {
        if (error instanceof Hung) throw error;
        inner.push({ id: nested, title: name, outcome: 'fail', error }, ...parts);
      }
    };
    const quiet = Object.fromEntries(QUIET.map((name) => [name, () => undefined]));
    return { ...quiet, test: subtest, it: subtest, skip, assert: this.#assert, name: id };
  }
}

const QUIET = ['todo', 'diagnostic', 'plan', 'after', 'before', 'beforeEach', 'afterEach'];
const SKIP = 'this test skips itself';

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
