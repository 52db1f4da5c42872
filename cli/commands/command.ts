import { type Command, InvalidArgumentError } from 'commander';

// What every command has: examples, JSON on demand, errors with a remedy. An action loads what it needs itself, so that
// help comes at once.

interface Described {
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
}

export function command(program: Command, { usage, summary, examples }: Described): Command {
  const shown = examples.map((example) => `  $ signalbox ${example}`).join('\n');
  return program
    .command(usage)
    .description(summary)
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', `\nExamples:\n${shown}`);
}

/** Its number is the exit code; a failure is told with what to do about it. */
export async function finish(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    const { explain } = await import('../errors.js');
    process.stderr.write(`signalbox: ${await explain(error)}\n`);
    process.exitCode = 1;
  }
}

export function whole(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`expected a whole number from ${least}.`);
  };
}

export function amount(value: string): number {
  const number = Number(value);
  if (number > 0 && number < 1_000_000) return number;
  throw new InvalidArgumentError('expected an amount of dollars over 0.');
}

export function percent(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= 0 && number <= 100) return number;
  throw new InvalidArgumentError('expected a percentage from 0 to 100.');
}

/** As workflow ids begin, and the keys of triage. */
const BEFORE_ITEM =
  /^(?:(?:mission|approval|triage|linear|jira|github|gitea|slack|alertmanager|pagerduty|sentry|grafana|datadog|opsgenie|webhook|kpi|cli|api)\/)+(?!\d+$)/;

/** People paste what other commands show. The number of a question behind an item stays. */
export function item(id: string): string {
  return id.replace(BEFORE_ITEM, '');
}

export interface Json {
  readonly json: boolean;
}
