// The describe/it/test functions that a test file meets, for every runner: they only write down what the file
// declares. Runs in the runner's thread.
import { format } from 'node:util';

type Body = (...args: readonly unknown[]) => unknown;

export interface Hooks {
  readonly beforeAll: Body[];
  readonly afterAll: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
}

export interface Suite {
  readonly title: string;
  readonly parent: Suite | undefined;
  readonly hooks: Hooks;
  readonly skipped: boolean;
  started: boolean;
}

export interface Declared {
  readonly id: string;
  readonly title: string;
  readonly suite: Suite;
  readonly body: Body | undefined;
  readonly skipped: boolean;
}

const hooks = (): Hooks => ({ beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] });
const isBody = (value: unknown): value is Body => typeof value === 'function';

export class Registry {
  readonly tests: Declared[] = [];
  readonly #file: string;
  #suite: Suite = { title: '', parent: undefined, hooks: hooks(), skipped: false, started: true };
  readonly root = this.#suite;

  /** `file` from the module's directory: the first half of every id. */
  constructor({ file }: { readonly file: string }) {
    this.#file = file;
  }

  /** All names that any of the supported runners offers; each test library shim picks what it has. */
  api(): Record<string, unknown> {
    const test = this.#withModes((title, args, skipped) => this.#declare(title, args.find(isBody), skipped));
    const describe = this.#withModes((title, args, skipped) => this.#group(title, args.find(isBody), skipped));
    const hook = (name: keyof Hooks) => (body: unknown) => {
      if (isBody(body)) this.#suite.hooks[name].push(body);
    };
    const all = { before: hook('beforeAll'), after: hook('afterAll') };
    const each = { beforeEach: hook('beforeEach'), afterEach: hook('afterEach') };
    const skipped = (fn: unknown) => (fn as { readonly skip: unknown }).skip;
    return {
      ...all,
      ...each,
      beforeAll: all.before,
      afterAll: all.after,
      setup: each.beforeEach,
      teardown: each.afterEach,
      test: Object.assign(test, { test, it: test, describe, suite: describe, ...all, ...each }),
      it: test,
      specify: test,
      describe,
      context: describe,
      suite: describe,
      xit: skipped(test),
      xtest: skipped(test),
      fit: test,
      fdescribe: describe,
      xdescribe: skipped(describe),
    };
  }

  #withModes(add: (title: string, args: readonly unknown[], skipped: boolean) => void): Body {
    const make = (skip: boolean) => {
      const call = (first: unknown, ...rest: readonly unknown[]) =>
        add(nameOf(first), [first, ...rest], skip || skips(rest));
      const each =
        (table: unknown, ...values: readonly unknown[]) =>
        (title: string, body: Body) => {
          const rows =
            Array.isArray(table) && 'raw' in table ? taggedRows(table, values) : (table as readonly unknown[]);
          for (const [index, row] of rows.entries()) {
            const args = Array.isArray(row) ? row : [row];
            add(titleOf({ title, row, args, index }), [() => body(...args)], skip);
          }
        };
      return Object.assign(call, { each, for: each, concurrent: call, sequential: call });
    };
    const run = make(false);
    const skip = make(true);
    const conditional = (unless: boolean) => (condition: unknown) => (Boolean(condition) === unless ? skip : run);
    return Object.assign(run, {
      only: run,
      skip,
      todo: (title: string) => add(title, [], true),
      skipIf: conditional(true),
      runIf: conditional(false),
      fails: skip,
    });
  }

  #group(title: string, body: Body | undefined, skipped: boolean): void {
    const outer = this.#suite;
    this.#suite = { title, parent: outer, hooks: hooks(), skipped: skipped || outer.skipped, started: false };
    try {
      body?.();
    } finally {
      this.#suite = outer;
    }
  }

  #declare(title: string, body: Body | undefined, skipped: boolean): void {
    const path = [title];
    for (let suite: Suite | undefined = this.#suite; suite?.parent; suite = suite.parent) path.unshift(suite.title);
    const id = `${this.#file}::${path.join(' > ')}`;
    this.tests.push({ id, title, suite: this.#suite, body, skipped: skipped || this.#suite.skipped || !body });
  }
}

function nameOf(first: unknown): string {
  if (typeof first === 'function') return first.name || '<anonymous>';
  return String(first);
}

/** node:test takes `{ skip: true }` and `{ todo: true }` between the title and the body. */
function skips(rest: readonly unknown[]): boolean {
  const options = rest.find((value) => typeof value === 'object' && value !== null) as
    | { readonly skip?: unknown; readonly todo?: unknown }
    | undefined;
  return Boolean(options?.skip || options?.todo);
}

function taggedRows(strings: readonly unknown[], values: readonly unknown[]): readonly unknown[] {
  const names = String(strings[0])
    .split('|')
    .map((name) => name.trim())
    .filter(Boolean);
  const rows: unknown[] = [];
  for (let start = 0; start + names.length <= values.length; start += names.length) {
    rows.push(Object.fromEntries(names.map((name, column) => [name, values[start + column]])));
  }
  return rows;
}

function titleOf(row: { title: string; row: unknown; args: readonly unknown[]; index: number }): string {
  const numbered = row.title.replaceAll('%#', String(row.index)).replaceAll('%$', String(row.index + 1));
  const isRecord = typeof row.row === 'object' && row.row !== null && !Array.isArray(row.row);
  const named = isRecord
    ? numbered.replace(/\$(\w+(?:\.\w+)*)/g, (whole, path: string) => {
        const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], row.row);
        return value === undefined ? whole : typeof value === 'string' ? value : format('%j', value);
      })
    : numbered;
  const wanted = (named.match(/%[sdifjopc]/g) ?? []).length;
  return format(named.replaceAll('%p', '%j').replaceAll('%i', '%d'), ...row.args.slice(0, wanted));
}
