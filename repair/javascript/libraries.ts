// Stand-ins for the test libraries and for node:assert. They are per context and cheap when they fail: the search
// makes thousands of failures that nobody reads. Runs in the runner's thread.
import assert, { AssertionError } from 'node:assert';
import { NotWarm } from '../runner.js';
import { createExpect } from './expect.js';
import { createMocks } from './spy.js';

const LIBRARIES = new Set(['vitest', '@jest/globals', 'mocha', 'node:test', 'test', 'jest', 'bun:test']);

/** `api` gives the functions that declare tests; the registry behind it changes with every test file. */
export function createLibraries({
  api,
  brief,
}: {
  readonly api: () => Record<string, unknown>;
  readonly brief: boolean;
}) {
  const expect = createExpect(unsupported);
  const mocks = createMocks(unsupported);
  const forward = (name: string) => forwarder(() => api()[name]);
  const declared = Object.fromEntries(Object.keys(api()).map((name) => [name, forward(name)]));
  const helpers = { expect, vi: mocks, jest: mocks };
  const checks = brief ? briefAssert() : assert;
  const shim = (specifier: string): unknown => {
    if (specifier === 'node:test' || specifier === 'test') return nodeTest(declared);
    if (specifier === 'expect') return Object.assign(expect as object, { default: expect, expect });
    if (LIBRARIES.has(specifier)) return { ...declared, ...helpers, __esModule: true, default: declared };
    if (/^(node:)?assert$/.test(specifier)) return checks;
    if (/^(node:)?assert\/strict$/.test(specifier)) return checks.strict;
    return undefined;
  };
  return { shim, globals: () => ({ ...declared, ...helpers }) };
}

function unsupported(what: string): never {
  throw new NotWarm(`the warm runner does not offer ${what}`);
}

function nodeTest(declared: Readonly<Record<string, unknown>>): unknown {
  const test = declared.test as object;
  const mock = () => process.getBuiltinModule('node:test').mock;
  return new Proxy(test, {
    get: (target, name) => {
      if (name === 'mock') return mock();
      if (name === 'default') return target;
      if (typeof name === 'string' && Object.hasOwn(declared, name)) return declared[name];
      return Reflect.get(target, name);
    },
    has: (target, name) => name in declared || name in target,
    ownKeys: () => ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach', 'mock', 'default'],
    getOwnPropertyDescriptor: (target, name) => ({
      configurable: true,
      enumerable: true,
      value: name === 'mock' ? mock() : (declared[String(name)] ?? target),
    }),
  });
}

/** A function, with all its modes, that looks up its present target at every call. */
function forwarder(target: () => unknown): unknown {
  const call = (...args: readonly unknown[]) => (target() as (...args: readonly unknown[]) => unknown)(...args);
  return new Proxy(call, {
    get: (own, name) => {
      const value = (target() as Record<PropertyKey, unknown>)[name];
      return typeof value === 'function' && typeof name === 'string' && name !== 'constructor'
        ? forwarder(() => (target() as Record<string, unknown>)[name])
        : Reflect.get(own, name);
    },
  });
}

type Assert = typeof assert;

/** The same verdicts as node:assert, without the costly difference in the message. */
function briefAssert(): Assert {
  const brief = (source: Assert): Assert => {
    const copy = Object.assign((value: unknown, message?: string) => source(value, message ?? 'falsy'), source);
    for (const name of [
      'equal',
      'strictEqual',
      'deepEqual',
      'deepStrictEqual',
      'notEqual',
      'notStrictEqual',
      'notDeepStrictEqual',
      'notDeepEqual',
    ] as const) {
      const real = source[name];
      Object.assign(copy, {
        [name]: (a: unknown, b: unknown, message?: string | Error) => real(a, b, message ?? `not ${name}`),
      });
    }
    Object.assign(copy, {
      ok: (value: unknown, message?: string | Error) => source.ok(value, message ?? 'falsy'),
      AssertionError,
    });
    return copy as Assert;
  };
  const strict = brief(assert.strict);
  return Object.assign(brief(assert), { strict }) as Assert;
}
