import { type Command, Option } from 'commander';
import { command, finish, type Json, whole } from './command.js';

// Commands that stay in the foreground.

export function addProcesses(program: Command): void {
  command(program, {
    usage: 'dev',
    summary: 'run everything here: Temporal (unless TEMPORAL_ADDRESS names one), gateway and worker',
    examples: ['dev', 'dev --temporal-port 7234 --ui-port 8234'],
  })
    .addOption(new Option('--temporal-port <port>', 'of the development server').argParser(whole(0)).default(7233))
    .addOption(new Option('--ui-port <port>', "of Temporal's Web UI").argParser(whole(0)).default(8233))
    .action((options: Json & { temporalPort: number; uiPort: number }) =>
      finish(async () => (await import('../dev.js')).dev(options)),
    );

  for (const [part, does] of [
    ['worker', 'run a worker: workflows, activities and sandboxes of this host'],
    ['gateway', 'run the front door: webhooks and submissions in, signals out'],
  ] as const) {
    command(program, {
      usage: part,
      summary: does,
      examples: [part, `${part} --json  # its log is JSON lines anyway`],
    }).action(() => finish(async () => (await import('../parts.js')).runPart(part)));
  }
}
