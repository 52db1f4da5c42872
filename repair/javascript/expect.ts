// A small `expect` with the matchers of jest and vitest. Failures carry short texts: most of them are never read.
import { inspect } from 'node:util';
import { equals, type Matcher } from './equals.js';
import { isSpy, spyMatchers } from './spy.js';

export type Check = (actual: unknown, ...expected: readonly unknown[]) => boolean;

const number = (value: unknown) => value as number;
const text = (value: unknown) => inspect(value, { depth: 4, breakLength: 120 }).slice(0, 600);

const matchers: Readonly<Record<string, Check>> = {
  toBe: (a, b) => Object.is(a, b),
  toEqual: (a, b) => equals({ a, b }),
  toStrictEqual: (a, b) => equals({ a, b, strict: true }),
  toMatchObject: (a, b) => includes(a, b),
  toBeTruthy: (a) => Boolean(a),
  toBeFalsy: (a) => !a,
  toBeNull: (a) => a === null,
  toBeUndefined: (a) => a === undefined,
  toBeDefined: (a) => a !== undefined,
  toBeNullable: (a) => a === undefined || a === null,
  toBeNaN: (a) => Number.isNaN(a),
  toBeGreaterThan: (a, b) => number(a) > number(b),
  toBeGreaterThanOrEqual: (a, b) => number(a) >= number(b),
  toBeLessThan: (a, b) => number(a) < number(b),
  toBeLessThanOrEqual: (a, b) => number(a) <= number(b),
  toBeCloseTo: (a, b, digits = 2) => a === b || Math.abs(number(a) - number(b)) < 10 ** -number(digits) / 2,
  toBeOneOf: (a, b) => [...(b as Iterable<unknown>)].some((value) => equals({ a, b: value })),
  toContain: (a, b) =>
    typeof a === 'string' ? a.includes(String(b)) : [...(a as Iterable<unknown>)].some((v) => Object.is(v, b)),
  toContainEqual: (a, b) => [...(a as Iterable<unknown>)].some((value) => equals({ a: value, b })),
  toHaveLength: (a, b) => (a as { readonly length: unknown }).length === b,
  toHaveProperty: (...args) => hasProperty(args),
  toMatch: (a, b) => (typeof b === 'string' ? String(a).includes(b) : (b as RegExp).test(String(a))),
  toBeInstanceOf: (a, b) => a instanceof (b as new () => unknown),
  toBeTypeOf: (a, b) => typeof a === b,
  toSatisfy: (a, b) => Boolean((b as (value: unknown) => unknown)(a)),
  toThrow: (a, b) => throwsAs(a, b),
  toThrowError: (a, b) => throwsAs(a, b),
  ...spyMatchers,
};

class ExpectationFailed extends Error {
  override readonly name = 'AssertionError';
}

export function createExpect(unsupported: (what: string) => never): unknown {
  const expect = (actual: unknown) => chain({ actual, inverted: false, unsupported });
  return Object.assign(expect, asymmetric, {
    not: Object.fromEntries(
      Object.entries(asymmetric).map(([name, make]) => [name, (...args: never[]) => inverse(make, args)]),
    ),
    assertions: () => undefined,
    hasAssertions: () => undefined,
    soft: expect,
    extend: () => unsupported('expect.extend'),
    fail: (message?: string) => fail(message ?? 'expect.fail was called'),
    unreachable: (message?: string) => fail(message ?? 'reached what must not be reached'),
  });
}

function chain(given: { actual: unknown; inverted: boolean; unsupported: (what: string) => never }): object {
  const { actual, inverted, unsupported } = given;
  const settle =
    (rejected: boolean) =>
    (name: string) =>
    async (...expected: readonly unknown[]) => {
      const pending = typeof actual === 'function' ? actual() : actual;
      const value = await Promise.resolve(pending).then(
        (done) => (rejected ? fail(`expected a rejection, received ${text(done)}`) : done),
        (error: unknown) => (rejected ? error : fail(`rejected with ${text(error)}`)),
      );
      const subject =
        rejected && name.startsWith('toThrow')
          ? () => {
              throw value;
            }
          : value;
      return check({ name, actual: subject, inverted, expected, unsupported });
    };
  const later = (rejected: boolean, invert = inverted): object =>
    new Proxy(
      {},
      {
        get: (_target, name) =>
          name === 'not'
            ? later(rejected, !invert)
            : chainLater({ settle: settle(rejected), name: String(name), inverted: invert !== inverted }),
      },
    );
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        if (name === 'not') return chain({ ...given, inverted: !inverted });
        if (name === 'resolves' || name === 'rejects') return later(name === 'rejects');
        if (name === 'then') return undefined;
        return (...expected: readonly unknown[]) =>
          check({ name: String(name), actual, inverted, expected, unsupported });
      },
    },
  );
}

type Settle = (name: string) => (...expected: readonly unknown[]) => Promise<void>;

function chainLater({ settle, name, inverted }: { settle: Settle; name: string; inverted: boolean }) {
  if (!inverted) return settle(name);
  return async (...expected: readonly unknown[]) => {
    const failed = await settle(name)(...expected).then(
      () => false,
      () => true,
    );
    if (!failed) fail(`expected not ${name}`);
  };
}

function check(given: {
  readonly name: string;
  readonly actual: unknown;
  readonly inverted: boolean;
  readonly expected: readonly unknown[];
  readonly unsupported: (what: string) => never;
}): void {
  const matcher = Object.hasOwn(matchers, given.name) ? matchers[given.name] : undefined;
  if (!matcher) given.unsupported(`expect(...).${given.name}`);
  else if (matcher(given.actual, ...given.expected) === given.inverted) {
    const actual = isSpy(given.actual) ? text(given.actual.mock.calls) : text(given.actual);
    fail(`expect(${actual})${given.inverted ? '.not' : ''}.${given.name}(${given.expected.map(text).join(', ')})`);
  }
}

function fail(message: string): never {
  throw new ExpectationFailed(message);
}

function throwsAs(actual: unknown, expected: unknown): boolean {
  let thrown: unknown;
  try {
    (actual as () => unknown)();
    return false;
  } catch (error) {
    thrown = error;
  }
  if (expected === undefined) return true;
  const message = String((thrown as { readonly message?: unknown } | undefined)?.message ?? thrown);
  if (typeof expected === 'string') return message.includes(expected);
  if (typeof expected === 'function') return thrown instanceof expected;
  if (Object.prototype.toString.call(expected) === '[object RegExp]') return (expected as RegExp).test(message);
  if (typeof expected === 'object' && expected !== null && 'message' in expected) return message === expected.message;
  return equals({ a: thrown, b: expected });
}

function includes(a: unknown, b: unknown): boolean {
  if (typeof b !== 'object' || b === null || typeof a !== 'object' || a === null) return equals({ a, b });
  if ('$$typeof' in b) return equals({ a, b });
  if (Array.isArray(b))
    return Array.isArray(a) && a.length === b.length && b.every((value, index) => includes(a[index], value));
  return Object.entries(b).every(([key, value]) => key in a && includes((a as Record<string, unknown>)[key], value));
}

function hasProperty(args: readonly unknown[]): boolean {
  const [actual, path] = args;
  const keys = Array.isArray(path)
    ? path
    : String(path)
        .replace(/\[(\w+)\]/g, '.$1')
        .split('.');
  let at: unknown = actual;
  for (const key of keys) {
    if (at === null || at === undefined || !(key in Object(at))) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return args.length < 3 || equals({ a: at, b: args[2] });
}

const matcher = (matches: (other: unknown) => boolean): Matcher => ({ $$typeof: 'asymmetric', matches });
const list = (value: unknown) => value as readonly unknown[];

const asymmetric: Readonly<Record<string, (...args: never[]) => Matcher>> = {
  anything: () => matcher((other) => other !== null && other !== undefined),
  any: (kind: { readonly name: string }) =>
    matcher((other) => typeof other === kind.name.toLowerCase() || Object(other)?.constructor?.name === kind.name),
  objectContaining: (shape: object) => matcher((other) => includes(other, shape)),
  arrayContaining: (items: readonly unknown[]) =>
    matcher((other) => Array.isArray(other) && items.every((b) => list(other).some((a) => equals({ a, b })))),
  stringContaining: (part: string) => matcher((other) => typeof other === 'string' && other.includes(part)),
  stringMatching: (pattern: string | RegExp) => matcher((other) => new RegExp(pattern).test(String(other))),
  closeTo: (near: number, digits = 2) => matcher((other) => Math.abs(number(other) - near) < 10 ** -digits / 2),
};

function inverse(make: (...args: never[]) => Matcher, args: never[]): Matcher {
  const inner = make(...args);
  return matcher((other) => !inner.matches(other));
}
