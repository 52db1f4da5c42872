// A reporter of node:test: one JSON line per test, with the titles around it. Runs in the process that runs the tests.

interface Event {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly nesting: number;
    readonly file?: string;
    readonly skip?: unknown;
    readonly todo?: unknown;
    readonly details?: {
      readonly type?: string;
      readonly duration_ms?: number;
      readonly error?: { readonly message?: string; readonly cause?: unknown };
    };
  };
}

async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const titles: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') titles.splice(data.nesting, titles.length, data.name);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const path = [...titles.slice(0, data.nesting), data.name];
    if (data.details?.type === 'suite') continue;
    const { error } = data.details ?? {};
    // What is still to do may fail: its runner does not count it.
    const failed = type === 'test:fail' && data.todo === undefined;
    const outcome = data.skip !== undefined ? 'skip' : failed ? 'fail' : data.todo === undefined ? 'pass' : 'skip';
    const message = failed ? { message: String((error?.cause as Error | undefined)?.message ?? error?.message) } : {};
    yield `${JSON.stringify({ file: data.file, titles: path, outcome, ...message, milliseconds: data.details?.duration_ms })}\n`;
  }
}

export = report;
