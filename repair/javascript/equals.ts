// Structural equality as `expect` means it. Values come from a vm context, so no check may rely on `instanceof`.
import { types } from 'node:util';

export interface Matcher {
  readonly $$typeof: 'asymmetric';
  matches(other: unknown): boolean;
}

export function isMatcher(value: unknown): value is Matcher {
  if (typeof value !== 'object' || value === null) return false;
  return '$$typeof' in value && value.$$typeof === 'asymmetric';
}

type Dictionary = Record<PropertyKey, unknown>;

/** `strict` tells undefined properties from absent ones and compares classes, as `toStrictEqual` does. */
export function equals({
  a,
  b,
  strict = false,
}: {
  readonly a: unknown;
  readonly b: unknown;
  readonly strict?: boolean;
}): boolean {
  return compare(a, b, strict, []);
}

function compare(a: unknown, b: unknown, strict: boolean, seen: readonly (readonly [unknown, unknown])[]): boolean {
  if (isMatcher(b)) return b.matches(a);
  if (isMatcher(a)) return a.matches(b);
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (seen.some(([x, y]) => x === a && y === b)) return true;
  if (tag(a) !== tag(b)) return false;
  if (strict && Object.getPrototypeOf(a)?.constructor?.name !== Object.getPrototypeOf(b)?.constructor?.name)
    return false;
  const deeper = [...seen, [a, b] as const];
  const special = compareSpecial({ a, b, same: (x, y) => compare(x, y, strict, deeper) });
  if (special !== undefined) return special;
  const [left, right] = [keys(a, strict), keys(b, strict)];
  if (left.length !== right.length) return false;
  return left.every((key) =>
    Object.hasOwn(b, key) || !strict
      ? compare((a as Dictionary)[key], (b as Dictionary)[key], strict, deeper) && right.includes(key)
      : false,
  );
}

/** The kinds whose content is not in their properties. */
function compareSpecial({ a, b, same }: { a: object; b: object; same: (x: unknown, y: unknown) => boolean }) {
  if (types.isDate(a) && types.isDate(b)) return Object.is(a.getTime(), b.getTime());
  if (types.isRegExp(a) && types.isRegExp(b)) return String(a) === String(b);
  if (types.isNativeError(a) && types.isNativeError(b)) return a.message === b.message;
  if (types.isBoxedPrimitive(a) && types.isBoxedPrimitive(b)) return Object.is(a.valueOf(), b.valueOf());
  if (types.isMap(a) && types.isMap(b)) {
    const others = [...b];
    return (
      a.size === b.size &&
      [...a].every((entry) => others.some((other) => same(entry[0], other[0]) && same(entry[1], other[1])))
    );
  }
  if (types.isSet(a) && types.isSet(b)) {
    const others = [...b];
    return a.size === b.size && [...a].every((value) => others.some((other) => same(value, other)));
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  return undefined;
}

function tag(value: object): string {
  return types.isNativeError(value) ? '[object Error]' : Object.prototype.toString.call(value);
}

function keys(value: object, strict: boolean): readonly PropertyKey[] {
  const own = Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key)?.enumerable);
  return strict ? own : own.filter((key) => (value as Dictionary)[key] !== undefined);
}
