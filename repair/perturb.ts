// Inputs near those of the tests: where plausible candidates differ, a person can be asked about one of them. Works on
// calls as tagged JSON, so it serves every language.
import type { Call } from './runner.js';

const MOST_PROBES = 160;
const PER_CALL = 14;

export function perturb(calls: readonly Call[]): readonly Call[] {
  const found = new Map<string, Call>();
  const add = (call: Call) => found.set(JSON.stringify(call), call);
  for (const call of calls) add(call);
  const varied = calls.map((call) => [...variants(call)].slice(0, PER_CALL));
  // Round by round, so that every call gets its share.
  for (let round = 0; round < PER_CALL && found.size < MOST_PROBES; round++) {
    for (const list of varied) {
      const call = list[round];
      if (call && found.size < MOST_PROBES) add(call);
    }
  }
  return [...found.values()];
}

function* variants({ name, args }: Call): Generator<Call> {
  const lists = args.map((arg) => [...vary(arg, 0)]);
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let step = 0; step < longest; step++) {
    for (const [index, list] of lists.entries()) {
      if (step < list.length) yield { name, args: args.map((arg, at) => (at === index ? list[step] : arg)) };
    }
  }
}

function* vary(value: unknown, depth: number): Generator<unknown> {
  if (typeof value === 'number')
    yield* Number.isInteger(value)
      ? [value + 1, value - 1, 0, value * 2, -value, value + 7]
      : [value + 1, value / 2, -value, Math.trunc(value)];
  else if (typeof value === 'string') yield* texts(value);
  else if (typeof value === 'boolean') yield !value;
  else if (Array.isArray(value)) yield* lists(value, depth);
  else if (typeof value === 'object' && value !== null) yield* tagged(value, depth);
}

function texts(value: string): readonly string[] {
  return [
    value.slice(1),
    value.slice(0, -1),
    '',
    `${value}${value}`,
    [...value].reverse().join(''),
    `${value} a`,
    value.toUpperCase(),
    `${value.slice(0, 1)}${value}`,
  ];
}

function* lists(value: readonly unknown[], depth: number): Generator<unknown> {
  yield value.slice(1);
  yield value.slice(0, -1);
  yield [...value].reverse();
  yield [...value, ...value.slice(0, 1)];
  yield [];
  if (value.length > 1) yield [value[0]];
  if (depth > 2) return;
  for (const [index, item] of value.slice(0, 3).entries()) {
    const [first, second] = vary(item, depth + 1);
    for (const other of [first, second])
      if (other !== undefined) yield value.map((one, at) => (at === index ? other : one));
  }
}

function* tagged(value: object, depth: number): Generator<unknown> {
  const [entry] = Object.entries(value);
  if (!entry) return;
  const [tag, content] = entry;
  if (tag.startsWith('$') && Array.isArray(content)) {
    for (const other of lists(content, depth)) yield { [tag]: other };
    return;
  }
  if (tag.startsWith('$')) return;
  for (const [key, item] of Object.entries(value).slice(0, 4)) {
    const [first] = vary(item, depth + 1);
    if (first !== undefined) yield { ...value, [key]: first };
  }
}

/** A call as a person would write it. */
export function spell({ name, args }: Call): string {
  const text = args
    .map((arg) => JSON.stringify(arg))
    .join(', ')
    .replaceAll(/\{"\$(?:tuple|set|dict|map)":(\[.*?\])\}/g, '$1');
  return `${name || 'it'}(${text.length > 200 ? `${text.slice(0, 197)}...` : text})`;
}
