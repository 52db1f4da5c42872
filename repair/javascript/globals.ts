// What the code under test finds in its global scope besides the language's own builtins. Timers are counted, so that
// none outlives the candidate that set it.

export interface Timers {
  clear(): void;
}

const HOST = [
  'Buffer',
  'URL',
  'URLSearchParams',
  'TextEncoder',
  'TextDecoder',
  'structuredClone',
  'queueMicrotask',
  'AbortController',
  'AbortSignal',
  'Event',
  'EventTarget',
  'performance',
  'crypto',
  'atob',
  'btoa',
  'Blob',
  'fetch',
  'Headers',
  'Request',
  'Response',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'MessageChannel',
  'DOMException',
] as const;

export function createGlobals(): { readonly globals: Record<string, unknown>; readonly timers: Timers } {
  const { timers, functions } = createTimers();
  const globals: Record<string, unknown> = { ...functions, console: silentConsole(), process: fakeProcess() };
  for (const name of HOST) globals[name] = Reflect.get(globalThis, name);
  return { globals, timers };
}

function createTimers() {
  const pending = new Set<NodeJS.Timeout | NodeJS.Immediate>();
  type Callback = (...args: readonly unknown[]) => void;
  const track = <Handle extends NodeJS.Timeout | NodeJS.Immediate>(handle: Handle): Handle => {
    pending.add(handle);
    return handle;
  };
  const stop = (handle: unknown) => {
    clearTimeout(handle as NodeJS.Timeout);
    clearImmediate(handle as NodeJS.Immediate);
  };
  // A mutant's callback that throws must end in its own test, not in the thread.
  const safe = (callback: Callback, args: readonly unknown[]) => () => {
    try {
      callback(...args);
    } catch {
      // The test that waits for this callback fails by its time limit.
    }
  };
  return {
    timers: {
      clear: () => {
        for (const handle of pending) stop(handle);
        pending.clear();
      },
    },
    functions: {
      setTimeout: (callback: Callback, wait?: number, ...args: readonly unknown[]) =>
        track(setTimeout(safe(callback, args), wait)),
      setInterval: (callback: Callback, wait?: number, ...args: readonly unknown[]) =>
        track(setInterval(safe(callback, args), wait)),
      setImmediate: (callback: Callback, ...args: readonly unknown[]) => track(setImmediate(safe(callback, args))),
      clearTimeout: stop,
      clearInterval: stop,
      clearImmediate: stop,
    },
  };
}

/** Standard output belongs to the events of the engine. */
function silentConsole(): Record<string, unknown> {
  const nothing = () => undefined;
  const names = [
    'log',
    'info',
    'warn',
    'error',
    'debug',
    'trace',
    'dir',
    'table',
    'group',
    'groupEnd',
    'time',
    'timeEnd',
    'count',
    'assert',
  ];
  return Object.fromEntries(names.map((name) => [name, nothing]));
}

function fakeProcess(): Record<string, unknown> {
  const refuse = () => {
    throw new Error('process.exit was called');
  };
  return {
    env: { ...process.env },
    argv: ['node', 'test'],
    cwd: () => process.cwd(),
    exit: refuse,
    platform: process.platform,
    version: process.version,
    versions: { ...process.versions },
    hrtime: process.hrtime,
    nextTick: (callback: (...args: readonly unknown[]) => void, ...args: readonly unknown[]) =>
      queueMicrotask(() => callback(...args)),
    memoryUsage: process.memoryUsage,
    uptime: process.uptime,
    stdout: { write: () => true, isTTY: false },
    stderr: { write: () => true, isTTY: false },
    on: () => undefined,
    once: () => undefined,
    off: () => undefined,
    emitWarning: () => undefined,
  };
}
