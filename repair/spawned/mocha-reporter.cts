// A reporter of mocha: one JSON line per test, with the titles around it. Runs in the process that runs the tests.
import fs = require('node:fs');

interface Test {
  readonly file?: string;
  readonly duration?: number;
  titlePath(): string[];
}

interface Events {
  on(event: string, hear: (test: Test, error?: Error) => void): void;
}

class Reporter {
  constructor(events: Events, { reporterOptions }: { readonly reporterOptions: { readonly output: string } }) {
    const say = (outcome: string) => (test: Test, error?: Error) => {
      const message = error ? { message: `${error.name}: ${error.message}` } : {};
      const line = { file: test.file, titles: test.titlePath(), outcome, ...message, milliseconds: test.duration };
      fs.appendFileSync(reporterOptions.output, `${JSON.stringify(line)}\n`);
    };
    events.on('pass', say('pass'));
    events.on('fail', say('fail'));
    events.on('pending', say('skip'));
  }
}

export = Reporter;
