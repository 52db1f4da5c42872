import type { Command } from 'commander';
import { finish, type Json } from './command.js';

// Commands about who people are, and who is on call.

export function addPeople(program: Command): void {
  const people = program
    .command('people')
    .description('who may answer: people.yaml, tokens and keys')
    .enablePositionalOptions();
  people
    .command('ls')
    .description('list everybody, with roles and teams')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox people ls')
    .action((options: Json) => finish(async () => (await import('../people.js')).list(options)));
  people
    .command('show')
    .argument('<key>')
    .description('show one person, with the ids at every source')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox people show alice')
    .action((key: string, options: Json) =>
      finish(async () => (await import('../people.js')).show({ key, ...options })),
    );
  people
    .command('check')
    .description('check people.yaml, the key and the rotations; every problem is named')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox people check')
    .action((options: Json) => finish(async () => (await import('../people.js')).check(options)));
  people
    .command('token')
    .argument('<key>')
    .description('make a personal token; only its hash goes into people.yaml')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox people token alice')
    .action((key: string, options: Json) =>
      finish(async () => (await import('../people.js')).token({ key, ...options })),
    );
  people
    .command('key')
    .argument('<file>', 'where the key goes; a file that is there is never replaced')
    .description("make the gateway's key, readable by you only, and say what to put where")
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox people key keys/gateway.key')
    .action((file: string, options: Json) =>
      finish(async () => (await import('../people.js')).key({ file, ...options })),
    );
  program
    .command('on-call')
    .argument('[rotation]', 'by default all of them')
    .description('say who is on call now')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox on-call\n  $ signalbox on-call payments')
    .action((rotation: string | undefined, options: Json) =>
      finish(async () =>
        (await import('../people.js')).onCall({ ...(rotation !== undefined && { rotation }), ...options }),
      ),
    );
}
