// Notes which calls the tests make to a file's exported functions, and says what variants of the file answer to such
// calls. Arguments travel as tagged JSON; what does not fit is left out.
import path from 'node:path';
import vm from 'node:vm';
import type { Call } from '../runner.js';
import { type Job, PATIENCE } from './messages.js';
import { Hung } from './realm.js';
import { Suite } from './suite.js';
import type { Bench } from './thread.js';

const MOST_CALLS = 60;
const MOST_HANGS = 3;
const NO_ANSWER = 'no answer in time';

type Callable = (...args: readonly unknown[]) => unknown;
type RecordJob = Extract<Job, { kind: 'record' }>;
type ProbeJob = Extract<Job, { kind: 'probe' }>;

/** Runs inside the context, so that the values belong to it. */
const CODEC = new vm.Script(`({
  encode(value) {
    const walk = (v, depth) => {
      if (depth > 12) throw new Error('too deep');
      if (v === null || typeof v === 'boolean' || typeof v === 'string') return v;
      if (typeof v === 'number') return Number.isFinite(v) && !Object.is(v, -0) ? v : { $number: Object.is(v, -0) ? '-0' : String(v) };
      if (v === undefined) return { $undefined: true };
      if (Array.isArray(v)) return Array.from(v, (item) => walk(item, depth + 1));
      if (typeof v === 'object') {
        const proto = Object.getPrototypeOf(v);
        if (proto === null || Object.getPrototypeOf(proto) === null) {
          return Object.fromEntries(Object.entries(v).map(([k, item]) => [k, walk(item, depth + 1)]));
        }
        if (v instanceof Map) return { $map: walk([...v], depth + 1) };
        if (v instanceof Set) return { $set: walk([...v], depth + 1) };
      }
      throw new Error('not plain');
    };
    return JSON.stringify(walk(value, 0));
  },
  describe(value) {
    try { return this.encode(value); } catch {}
    if (value !== null && typeof value === 'object') {
      try { return (value.constructor?.name ?? '') + JSON.stringify(value); } catch {}
    }
    return Object.prototype.toString.call(value);
  },
  decode(text) {
    return JSON.parse(text, (key, v) => {
      if (v === null || typeof v !== 'object') return v;
      if ('$number' in v) return Number(v.$number);
      if ('$map' in v) return new Map(v.$map);
      if ('$set' in v) return new Set(v.$set);
      return v;
    }).map((v) => (v !== null && typeof v === 'object' && '$undefined' in v ? undefined : v));
  },
})`);

interface Codec {
  encode(value: unknown): string;
  describe(value: unknown): string;
  decode(text: string): readonly unknown[];
}

export async function record({ bench, job }: { readonly bench: Bench; readonly job: RecordJob }): Promise<void> {
  const suite = new Suite({ ...bench.setup, sources: bench.sources, brief: true });
  const file = path.join(bench.setup.root, job.path);
  const codec = suite.realm.evaluate(CODEC) as Codec;
  const calls = new Map<string, Call>();
  const note = (name: string, args: readonly unknown[]) => {
    if (calls.size >= MOST_CALLS) return;
    try {
      const text = codec.encode([...args]);
      calls.set(`${name}${text}`, { name, args: JSON.parse(text) });
    } catch {
      // A call with arguments that cannot travel is no probe.
    }
  };
  suite.realm.allow(job.limitMs);
  suite.realm.load(file);
  suite.realm.replaceExports(file, (exports) => watched({ exports, note }));
  const wanted = new Set(job.tests.map((test) => test.id));
  for (const test of job.tests.map((one) => one.file).filter((one, index, all) => all.indexOf(one) === index)) {
    for (const declared of await suite.declared(test)) {
      bench.beat();
      suite.realm.allow(job.limitMs);
      if (wanted.has(declared.id)) await suite.run(declared).catch(() => undefined);
    }
  }
  bench.say({ kind: 'calls', calls: [...calls.values()] });
}

function watched({
  exports,
  note,
}: {
  exports: unknown;
  note: (name: string, args: readonly unknown[]) => void;
}): unknown {
  const watch = (name: string, target: unknown): unknown => {
    if (typeof target !== 'function' || /^class\b/.test(Function.prototype.toString.call(target))) return target;
    return new Proxy(target, {
      apply: (called, self, args) => {
        note(name, args);
        return Reflect.apply(called as Callable, self, args);
      },
    });
  };
  if (typeof exports === 'function') return watch('', exports);
  if (typeof exports !== 'object' || exports === null) return exports;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(exports)) copy[name] = watch(name, Reflect.get(exports, name));
  if ('__esModule' in exports) Object.defineProperty(copy, '__esModule', { value: true });
  return copy;
}

export async function probe({ bench, job }: { readonly bench: Bench; readonly job: ProbeJob }): Promise<void> {
  for (const trial of job.trials) {
    bench.beat();
    const suite = new Suite({ ...bench.setup, sources: bench.sources, brief: true });
    const codec = suite.realm.evaluate(CODEC) as Codec;
    const file = path.join(bench.setup.root, trial.path);
    suite.realm.allow(job.limitMs * 4);
    suite.realm.override(file, trial.text);
    const exports = suite.realm.guarded(() => suite.realm.load(file));
    const answers: string[] = [];
    let hangs = 0;
    for (const call of job.calls) {
      bench.beat();
      suite.realm.allow(job.limitMs);
      // A variant that keeps hanging has shown enough.
      let said = hangs < MOST_HANGS ? await answer({ suite, codec, exports, call }) : NO_ANSWER;
      if (said === NO_ANSWER && hangs < MOST_HANGS) {
        bench.beat();
        suite.realm.allow(job.limitMs * PATIENCE);
        said = await answer({ suite, codec, exports, call });
      }
      if (said === NO_ANSWER) hangs += 1;
      answers.push(said);
    }
    bench.say({ kind: 'answers', key: trial.key, answers });
  }
}

async function answer(given: { suite: Suite; codec: Codec; exports: unknown; call: Call }): Promise<string> {
  const { suite, codec, exports, call } = given;
  const target = (call.name === '' ? exports : Reflect.get(exports as object, call.name)) as Callable;
  try {
    const args = codec.decode(JSON.stringify(call.args));
    let result = suite.realm.guarded(() => target(...args));
    if (typeof result === 'object' && result !== null && 'next' in result && Symbol.iterator in result) {
      const items = result as Iterable<unknown>;
      result = suite.realm.guarded(() => [...items].slice(0, 200));
    }
    const value = suite.realm.guarded(() => codec.describe(result));
    const after = suite.realm.guarded(() => codec.describe(args));
    // A function may answer by what it does to its arguments.
    return after === JSON.stringify(call.args) ? value : `${value} and leaves ${after}`;
  } catch (error) {
    if (error instanceof Hung) return NO_ANSWER;
    return `throws ${String((error as { readonly name?: unknown } | undefined)?.name ?? error)}`;
  } finally {
    suite.realm.timers.clear();
  }
}
