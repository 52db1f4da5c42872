import { type Command, Option } from 'commander';
import { command, finish, item, type Json, whole } from './command.js';

// Commands that hand in a mission, show it, or read what is left of it.

export function addMissions(program: Command): void {
  command(program, {
    usage: 'submit <file-or-text>',
    summary: 'hand in a piece of work: the path of a Markdown or text file, the text itself, or - for stdin',
    examples: [
      'submit ticket.md --wait',
      'submit "cart total ignores the discount" --repo shop',
      'submit - < ticket.md',
    ],
  })
    .option('--title <title>', 'by default the first line')
    .option('--repo <name>', 'by default the routing of the configuration decides')
    .option('--id <id>', 'the same text under it starts nothing again; by default the hash of the text')
    .option('--again', 'start it once more although the same was handed in before', false)
    .option('--wait', 'watch until the mission has ended', false)
    .action(
      (what: string, options: Json & { title?: string; repo?: string; id?: string; again: boolean; wait: boolean }) =>
        finish(async () => (await import('../submit.js')).submit({ what, ...options })),
    );

  command(program, {
    usage: 'run [prompt]',
    summary: 'do one thing now and watch it: prompt it further, ship it, or leave it alone',
    examples: ['run "add a --json flag" --repo parcels', 'run "mend the total" --ship', 'run --attach run-1f3a92bc04'],
  })
    .option('--repo <name>', 'may be left out where there is only one')
    .option('--attach <mission>', 'come back to one that was left')
    .option('--ship', 'hand it over at once: it is merged when everything says yes', false)
    .action((prompt: string | undefined, options: Json & { repo?: string; attach?: string; ship: boolean }) =>
      finish(async () => {
        const attach = options.attach === undefined ? {} : { attach: item(options.attach) };
        return (await import('../run.js')).run({ prompt, ...options, ...attach });
      }),
    );

  command(program, {
    usage: 'ls',
    summary: 'list missions, newest first',
    examples: ['ls', 'ls --open', 'ls --json --limit 5'],
  })
    .option('--open', 'only those that run', false)
    .addOption(new Option('--limit <n>', 'at most so many').argParser(whole(1)).default(50))
    .action((options: Json & { open: boolean; limit: number }) =>
      finish(async () => (await import('../missions.js')).list(options)),
    );

  command(program, {
    usage: 'status [mission]',
    summary: 'show one mission, or what runs and what waits for a person',
    examples: ['status', 'status ENG-101', 'status ENG-101 --json'],
  }).action((mission: string | undefined, options: Json) =>
    finish(async () =>
      mission === undefined
        ? (await import('../overview.js')).overview(options)
        : (await import('../missions.js')).status({ mission: item(mission), ...options }),
    ),
  );

  command(program, {
    usage: 'watch <mission>',
    summary: 'follow a mission until it ends; exit code 0 when it shipped',
    examples: ['watch ENG-101', 'watch ENG-101 --json | jq .stage'],
  }).action((mission: string, options: Json) =>
    finish(async () => (await import('../submit.js')).watch({ mission: item(mission), ...options })),
  );

  command(program, {
    usage: 'plan <mission>',
    summary: 'show every version of the plan, and why each replaced the one before',
    examples: ['plan ENG-101', 'plan ENG-101 --version 2'],
  })
    .addOption(new Option('--version <n>', 'only this version').argParser(whole(1)))
    .action((mission: string, options: Json & { version?: number }) =>
      finish(async () =>
        (await import('../missions.js')).plan({ mission: item(mission), version: options.version, json: options.json }),
      ),
    );

  command(program, {
    usage: 'proof <mission>',
    summary: 'print what shows that the change works, as Markdown or as the whole bundle',
    examples: ['proof ENG-101 > proof.md', 'proof ENG-101 --json'],
  }).action((mission: string, options: Json) =>
    finish(async () => (await import('../proof.js')).proof({ mission: item(mission), ...options })),
  );

  command(program, {
    usage: 'trace <mission>',
    summary: 'tell what a mission did, with models, tokens, cost and time; from the archive when it is long ago',
    examples: ['trace ENG-101', 'trace ENG-101 --turns', 'trace ENG-101 --json | jq .totals'],
  })
    .option('--turns', 'every step: each call of a model, each use of tools', false)
    .action((mission: string, options: Json & { turns: boolean }) =>
      finish(async () => (await import('../trace.js')).trace({ mission: item(mission), ...options })),
    );

  command(program, {
    usage: 'compare <mission> <other>',
    summary: 'show two missions side by side: plan, tasks, turns, tokens, cost, duration, outcome',
    examples: ['compare ENG-101 ENG-102', 'compare ENG-101 ENG-102 --json | jq ".rows[] | select(.differs)"'],
  }).action((mission: string, other: string, options: Json) =>
    finish(async () => (await import('../compare.js')).compare({ missions: [item(mission), item(other)], ...options })),
  );

  command(program, {
    usage: 'replay <mission>',
    summary: 'take every decision again from the recorded answers; exit code 1 when one differs; nothing is spent',
    examples: ['replay ENG-101', 'replay ENG-101 --json'],
  }).action((mission: string, options: Json) =>
    finish(async () => (await import('../replay.js')).replay({ mission: item(mission), ...options })),
  );

  command(program, {
    usage: 'verify <archive>',
    summary:
      'check that an archive is as it was written: chain, hashes, nothing missing; needs no Temporal and no keys',
    examples: ['verify .signalbox/archive', 'verify backup/archive/ENG-101 --json'],
  }).action((archive: string, options: Json) =>
    finish(async () => (await import('../verify.js')).verify({ archive, ...options })),
  );

  command(program, {
    usage: 'copy-archive <directory>',
    summary: 'copy what is new in the archive of a shared storage into a directory, for a backup or `verify`',
    examples: ['copy-archive /var/backups/signalbox'],
  }).action((directory: string, options: Json) =>
    finish(async () => (await import('../copy-archive.js')).copyToDirectory({ directory, ...options })),
  );
}
