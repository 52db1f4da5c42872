// `jest.fn`, `vi.fn` and `spyOn`: functions that remember how they were called. Module mocks are not offered.
import { equals } from './equals.js';

export interface Spy {
  (...args: readonly unknown[]): unknown;
  readonly mock: { calls: unknown[][]; results: { type: string; value: unknown }[] };
}

type Behaviour = (...args: readonly unknown[]) => unknown;

export function isSpy(value: unknown): value is Spy {
  return typeof value === 'function' && 'mock' in value;
}

export function createSpy(initial?: Behaviour): Spy {
  let behaviour: Behaviour | undefined = initial;
  const once: Behaviour[] = [];
  const mock: Spy['mock'] = { calls: [], results: [] };
  function spy(this: unknown, ...args: readonly unknown[]): unknown {
    mock.calls.push([...args]);
    const value = (once.shift() ?? behaviour)?.apply(this, args as never);
    mock.results.push({ type: 'return', value });
    return value;
  }
  const set = (next: Behaviour | undefined) => {
    behaviour = next;
    return spy;
  };
  const clear = () => {
    mock.calls = [];
    mock.results = [];
    return spy;
  };
  const enqueue = (next: Behaviour) => {
    once.push(next);
    return spy;
  };
  const reset = () => {
    set(initial);
    return clear();
  };
  return Object.assign(spy, {
    mock,
    mockImplementation: set,
    mockReturnValue: (value: unknown) => set(() => value),
    mockResolvedValue: (value: unknown) => set(() => Promise.resolve(value)),
    mockRejectedValue: (error: unknown) => set(() => Promise.reject(error)),
    mockImplementationOnce: (next: Behaviour) => enqueue(next),
    mockReturnValueOnce: (value: unknown) => enqueue(() => value),
    mockResolvedValueOnce: (value: unknown) => enqueue(() => Promise.resolve(value)),
    mockClear: clear,
    mockReset: () => reset(),
    mockRestore: () => reset(),
  });
}

export function createMocks(unsupported: (what: string) => never): unknown {
  const restores: (() => void)[] = [];
  const offered: Record<string, unknown> = {
    fn: createSpy,
    spyOn: (owner: Record<string, Behaviour>, name: string) => {
      const original = owner[name];
      const spy = createSpy(original);
      owner[name] = spy;
      restores.push(() => {
        if (original) owner[name] = original;
      });
      return Object.assign(spy, {
        mockRestore: () => {
          if (original) owner[name] = original;
        },
      });
    },
    restoreAllMocks: () => {
      for (const restore of restores.splice(0)) restore();
    },
    clearAllMocks: () => undefined,
    resetAllMocks: () => undefined,
    setTimeout: () => undefined,
  };
  return new Proxy(offered, { get: (target, name) => target[String(name)] ?? unsupported(`mock.${String(name)}`) });
}

type SpyCheck = (actual: unknown, ...expected: readonly unknown[]) => boolean;
const calls = (spy: unknown) => (isSpy(spy) ? spy.mock.calls : []);
const called: SpyCheck = (spy) => calls(spy).length > 0;
const times: SpyCheck = (spy, count) => calls(spy).length === count;
const calledWith: SpyCheck = (spy, ...args) => calls(spy).some((call) => equals({ a: call, b: args }));
const lastCalledWith: SpyCheck = (spy, ...args) => equals({ a: calls(spy).at(-1), b: args });
const nthCalledWith: SpyCheck = (spy, nth, ...args) => equals({ a: calls(spy)[Number(nth) - 1], b: args });

export const spyMatchers: Readonly<Record<string, SpyCheck>> = {
  toHaveBeenCalled: called,
  toHaveBeenCalledTimes: times,
  toHaveBeenCalledWith: calledWith,
  toHaveBeenLastCalledWith: lastCalledWith,
  toHaveBeenNthCalledWith: nthCalledWith,
  toHaveBeenCalledOnce: (spy) => times(spy, 1),
  toHaveReturnedWith: (spy, value) =>
    isSpy(spy) && spy.mock.results.some((result) => equals({ a: result.value, b: value })),
};
