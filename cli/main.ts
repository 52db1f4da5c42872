#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addInstallation } from './commands/installation.js';
import { addMissions } from './commands/missions.js';
import { addOrders } from './commands/orders.js';
import { addPeople } from './commands/people.js';
import { addProcesses } from './commands/processes.js';
import { addTriage } from './commands/triage.js';
import { endWithReader } from './output.js';

// The operator's door: `signalbox …`.

endWithReader();

const program = new Command('signalbox')
  .description('From signal to shipped, proven change: a durable orchestrator on Temporal')
  .enablePositionalOptions()
  .showHelpAfterError('(--help shows how)')
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

// Help lists them in this order.
addProcesses(program);
addMissions(program);
addOrders(program);
addPeople(program);
addTriage(program);
addInstallation(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Without a command, help is an answer to a mistake; asked for, it is what was wanted.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
