#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

// The operator's door: `signalbox …`. Only what a command needs is loaded, so that help comes at once.

type Work = () => Promise<number>;

const program = new Command('signalbox')
  .description('From signal to shipped, proven change: a durable orchestrator on Temporal')
  .enablePositionalOptions()
  .showHelpAfterError('(--help shows how)')
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

interface Described {
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
}

function command({ usage, summary, examples }: Described): Command {
  const shown = examples.map((example) => `  $ signalbox ${example}`).join('\n');
  return program
    .command(usage)
    .description(summary)
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', `\nExamples:\n${shown}`);
}

async function finish(work: Work): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    const { explain } = await import('./errors.js');
    process.stderr.write(`signalbox: ${await explain(error)}\n`);
    process.exitCode = 1;
  }
}

function whole(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`expected a whole number from ${least}.`);
  };
}

function amount(value: string): number {
  const number = Number(value);
  if (number > 0 && number < 1_000_000) return number;
  throw new InvalidArgumentError('expected an amount of dollars over 0.');
}

function percent(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= 0 && number <= 100) return number;
  throw new InvalidArgumentError('expected a percentage from 0 to 100.');
}

/** People paste workflow ids too. */
function item(id: string): string {
  return id.replace(/^mission\//, '');
}

interface Json {
  readonly json: boolean;
}

command({
  usage: 'dev',
  summary: 'run everything here: Temporal (unless TEMPORAL_ADDRESS names one), gateway and worker',
  examples: ['dev', 'dev --temporal-port 7234 --ui-port 8234'],
})
  .addOption(new Option('--temporal-port <port>', 'of the development server').argParser(whole(0)).default(7233))
  .addOption(new Option('--ui-port <port>', "of Temporal's Web UI").argParser(whole(0)).default(8233))
  .action((options: Json & { temporalPort: number; uiPort: number }) =>
    finish(async () => (await import('./dev.js')).dev(options)),
  );

for (const [part, does] of [
  ['worker', 'run a worker: workflows, activities and sandboxes of this host'],
  ['gateway', 'run the front door: webhooks and submissions in, signals out'],
] as const) {
  command({ usage: part, summary: does, examples: [part, `${part} --json  # its log is JSON lines anyway`] }).action(
    () => finish(async () => (await import('./parts.js')).runPart(part)),
  );
}

command({
  usage: 'submit <file-or-text>',
  summary: 'hand in a piece of work: the path of a Markdown or text file, the text itself, or - for stdin',
  examples: ['submit ticket.md --wait', 'submit "cart total ignores the discount" --repo shop', 'submit - < ticket.md'],
})
  .option('--title <title>', 'by default the first line')
  .option('--repo <name>', 'by default the routing of the configuration decides')
  .option('--id <id>', 'the same text under it starts nothing again; by default the hash of the text')
  .option('--again', 'start it once more although the same was handed in before', false)
  .option('--wait', 'watch until the mission has ended', false)
  .action(
    (what: string, options: Json & { title?: string; repo?: string; id?: string; again: boolean; wait: boolean }) =>
      finish(async () => (await import('./submit.js')).submit({ what, ...options })),
  );

command({
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
      return (await import('./run.js')).run({ prompt, ...options, ...attach });
    }),
  );

command({ usage: 'ls', summary: 'list missions, newest first', examples: ['ls', 'ls --open', 'ls --json --limit 5'] })
  .option('--open', 'only those that run', false)
  .addOption(new Option('--limit <n>', 'at most so many').argParser(whole(1)).default(50))
  .action((options: Json & { open: boolean; limit: number }) =>
    finish(async () => (await import('./missions.js')).list(options)),
  );

command({
  usage: 'status [mission]',
  summary: 'show one mission, or what runs and what waits for a person',
  examples: ['status', 'status ENG-101', 'status ENG-101 --json'],
}).action((mission: string | undefined, options: Json) =>
  finish(async () =>
    mission === undefined
      ? (await import('./overview.js')).overview(options)
      : (await import('./missions.js')).status({ mission: item(mission), ...options }),
  ),
);

command({
  usage: 'watch <mission>',
  summary: 'follow a mission until it ends; exit code 0 when it shipped',
  examples: ['watch ENG-101', 'watch ENG-101 --json | jq .stage'],
}).action((mission: string, options: Json) =>
  finish(async () => (await import('./missions.js')).watch({ mission: item(mission), ...options })),
);

command({
  usage: 'plan <mission>',
  summary: 'show every version of the plan, and why each replaced the one before',
  examples: ['plan ENG-101', 'plan ENG-101 --version 2'],
})
  .addOption(new Option('--version <n>', 'only this version').argParser(whole(1)))
  .action((mission: string, options: Json & { version?: number }) =>
    finish(async () =>
      (await import('./missions.js')).plan({ mission: item(mission), version: options.version, json: options.json }),
    ),
  );

command({
  usage: 'proof <mission>',
  summary: 'print what shows that the change works, as Markdown or as the whole bundle',
  examples: ['proof ENG-101 > proof.md', 'proof ENG-101 --json'],
}).action((mission: string, options: Json) =>
  finish(async () => (await import('./proof.js')).proof({ mission: item(mission), ...options })),
);

command({
  usage: 'trace <mission>',
  summary: 'tell what a mission did, with models, tokens, cost and time; from the archive when it is long ago',
  examples: ['trace ENG-101', 'trace ENG-101 --turns', 'trace ENG-101 --json | jq .totals'],
})
  .option('--turns', 'every step: each call of a model, each use of tools', false)
  .action((mission: string, options: Json & { turns: boolean }) =>
    finish(async () => (await import('./trace.js')).trace({ mission: item(mission), ...options })),
  );

command({
  usage: 'compare <mission> <other>',
  summary: 'show two missions side by side: plan, tasks, turns, tokens, cost, duration, outcome',
  examples: ['compare ENG-101 ENG-102', 'compare ENG-101 ENG-102 --json | jq ".rows[] | select(.differs)"'],
}).action((mission: string, other: string, options: Json) =>
  finish(async () => (await import('./compare.js')).compare({ missions: [item(mission), item(other)], ...options })),
);

command({
  usage: 'replay <mission>',
  summary: 'take every decision again from the recorded answers; exit code 1 when one differs; nothing is spent',
  examples: ['replay ENG-101', 'replay ENG-101 --json'],
}).action((mission: string, options: Json) =>
  finish(async () => (await import('./replay.js')).replay({ mission: item(mission), ...options })),
);

command({
  usage: 'verify <archive>',
  summary: 'check that an archive is as it was written: chain, hashes, nothing missing; needs no Temporal and no keys',
  examples: ['verify .signalbox/archive', 'verify backup/archive/ENG-101 --json'],
}).action((archive: string, options: Json) =>
  finish(async () => (await import('./verify.js')).verify({ archive, ...options })),
);

command({
  usage: 'copy-archive <directory>',
  summary: 'copy what is new in the archive of a shared storage into a directory, for a backup or `verify`',
  examples: ['copy-archive /var/backups/signalbox'],
}).action((directory: string, options: Json) =>
  finish(async () => (await import('./copy-archive.js')).copyToDirectory({ directory, ...options })),
);

for (const decision of ['approve', 'reject'] as const) {
  command({
    usage: `${decision} <id>`,
    summary: `${decision} what waits: <mission>/<n>, or the mission when only one question is open`,
    examples: [`${decision} ENG-101`, `${decision} ENG-101/1 --reason "checked by hand" --yes`],
  })
    .option('--reason <text>', 'goes into the proof', '')
    .option('--yes', 'do not ask on a terminal', false)
    .action((id: string, options: Json & { reason: string; yes: boolean }) =>
      finish(async () => (await import('./questions.js')).decide({ id: item(id), decision, ...options })),
    );
}

command({
  usage: 'answer <id> <text>',
  summary: 'answer what triage asked about an item, or what an agent of its mission asks',
  examples: ['answer ENG-104 "expected: 10 % off from 100 EUR on; repo: shop"', 'answer linear/ENG-104 "repo: shop"'],
}).action((id: string, text: string, options: Json) =>
  finish(async () => (await import('./questions.js')).answer({ id, text, ...options })),
);

command({
  usage: 'budget [mission-or-scope]',
  summary: 'show what a mission, a repo, a team or all may spend and have spent, or give more',
  examples: ['budget', 'budget ENG-101', 'budget ENG-101 --add 5', 'budget repo/shop', 'budget org --add 50'],
})
  .addOption(new Option('--add <usd>', 'US dollars more').argParser(amount))
  .addOption(new Option('--add-tokens <n>', 'of repo/<name>, team/<key> or org: tokens more').argParser(whole(1)))
  .action((named: string | undefined, { add, addTokens, json }: Json & { add?: number; addTokens?: number }) =>
    finish(async () => {
      const more = await import('./scopes.js');
      if (named === undefined) return more.scopes({ json });
      const scope = named.replace(/^budget\//, '');
      if (!more.isScope(scope)) return (await import('./budget.js')).budget({ mission: item(named), add, json });
      if (add === undefined && addTokens === undefined) return more.scope(scope, { json });
      return more.raiseScope(scope, { usd: add ?? 0, tokens: addTokens ?? 0 }, { json });
    }),
  );
command({
  usage: 'steer <mission> <text>',
  summary: 'give guidance for the next plan or iteration',
  examples: ['steer ENG-101 "leave the rounding as it is"'],
}).action((mission: string, text: string, options: Json) =>
  finish(async () =>
    (await import('./missions.js')).order({ order: 'steer', mission: item(mission), text, ...options }),
  ),
);

for (const [order, does] of [
  ['pause', 'let what runs finish and begin nothing new'],
  ['resume', 'go on after a pause'],
  ['cancel', 'end the mission, whatever it is at; its work so far is kept'],
] as const) {
  command({ usage: `${order} <mission>`, summary: does, examples: [`${order} ENG-101 --reason "release freeze"`] })
    .option('--reason <text>', 'goes into the record', '')
    .action((mission: string, { reason, json }: Json & { reason: string }) =>
      finish(async () => (await import('./missions.js')).order({ order, mission: item(mission), text: reason, json })),
    );
}

for (const [usage, does, examples] of [
  [
    'halt',
    'stop everything: no new call is paid, no effect made; what runs may finish, and all work is kept',
    ['halt --reason "the provider is investigating"', 'halt --json'],
  ],
  [
    'resume-all',
    'go on after a halt; what waited goes on by itself',
    ['resume-all', 'resume-all --reason "all clear"'],
  ],
] as const) {
  command({ usage, summary: does, examples })
    .option('--reason <text>', 'goes into the record', '')
    .action((options: Json & { reason: string }) =>
      finish(async () => {
        const { halt, resume } = await import('./halt.js');
        return usage === 'halt' ? halt(options) : resume(options);
      }),
    );
}

command({
  usage: 'doctor',
  summary: 'check everything that Signalbox needs; each problem comes with its remedy',
  examples: ['doctor', 'doctor --json'],
}).action((options: Json) => finish(async () => (await import('./doctor.js')).doctor(options)));

const deploy = program
  .command('deploy')
  .description('choose which build of the workers gets the work')
  .enablePositionalOptions();
deploy
  .command('status')
  .description('list the builds: state, workers, and the open workflows that stay with each')
  .option('--json', 'print JSON on stdout', false)
  .addHelpText('after', '\nExamples:\n  $ signalbox deploy status')
  .action((options: Json) => finish(async () => (await import('./deploy.js')).status(options)));
deploy
  .command('promote')
  .description('give a build the work, or a share of it; an older one to go back')
  .option('--build <id>', 'by default the one of this installation')
  .addOption(new Option('--ramp <percent>', 'only this share of the workflows').argParser(percent))
  .option('--json', 'print JSON on stdout', false)
  .addHelpText('after', '\nExamples:\n  $ signalbox deploy promote --ramp 10\n  $ signalbox deploy promote')
  .action((options: Json & { build?: string; ramp?: number }) =>
    finish(async () => {
      const { build, ramp, json } = options;
      return (await import('./deploy.js')).promote({ build, ramp, json });
    }),
  );
deploy
  .command('drained')
  .description('exit code 0 when the workers of older builds may be stopped')
  .option('--json', 'print JSON on stdout', false)
  .addHelpText('after', '\nExamples:\n  $ until signalbox deploy drained; do sleep 10; done')
  .action((options: Json) => finish(async () => (await import('./deploy.js')).drained(options)));

const config = program.command('config').description('look at the configuration').enablePositionalOptions();
config
  .command('print')
  .description('print the configuration as it is in effect, without secrets')
  .option('--json', 'print JSON on stdout', false)
  .addHelpText('after', '\nExamples:\n  $ signalbox config print')
  .action((options: Json) => finish(async () => (await import('./config.js')).print(options)));
config
  .command('validate')
  .argument('[file]', 'signalbox.yaml or signalbox.config.yaml; by default those found here')
  .description('check a blueprint or a configuration; every wrong field is named')
  .option('--json', 'print JSON on stdout', false)
  .addHelpText('after', '\nExamples:\n  $ signalbox config validate\n  $ signalbox config validate shop/signalbox.yaml')
  .action((file: string | undefined, options: Json) =>
    finish(async () => (await import('./config.js')).validate({ file, ...options })),
  );

const encryption = program
  .command('encryption')
  .description("keys for what is stored in Temporal's database")
  .enablePositionalOptions();
encryption
  .command('new-key')
  .argument('<file>', 'where the key goes; a file that is there is never replaced')
  .description('make a key, readable by you only, and say what to put where')
  .option('--id <id>', 'stands beside everything that it encrypts; by default the name of the file')
  .option('--kms <key>', 'keep it wrapped by this key of AWS KMS: id, alias or ARN')
  .option('--region <region>', 'of the KMS')
  .option('--endpoint <url>', 'of the KMS, where it is not the one of the region')
  .option('--json', 'print JSON on stdout', false)
  .addHelpText(
    'after',
    '\nExamples:\n  $ signalbox encryption new-key keys/2026-11.key\n  $ signalbox encryption new-key keys/cmk.wrapped --kms alias/signalbox --region eu-central-1',
  )
  .action((file: string, options: Json & { id?: string; kms?: string; region?: string; endpoint?: string }) =>
    finish(async () => (await import('./encryption.js')).newKey({ file, ...options })),
  );

command({
  usage: 'init [directory]',
  summary: 'write signalbox.yaml for the repository that is here, from what it contains',
  examples: ['init', 'init ../shop', 'init --force'],
})
  .option('--force', 'replace the signalbox.yaml that is there', false)
  .action((directory: string | undefined, options: Json & { force: boolean }) =>
    finish(async () => (await import('./init.js')).init({ directory: directory ?? '.', ...options })),
  );

command({
  usage: 'chaos',
  summary:
    'break an installation at random, by seed, and count what was lost, done twice or left behind; on a server of its own, or on that of TEMPORAL_ADDRESS',
  examples: ['chaos', 'chaos --missions 5 --kills 5 --seed 7 --only worker,gateway', 'chaos --report chaos-report'],
})
  .option('--missions <n>', 'missions to start (20)')
  .option('--kills <n>', 'programs to kill, and as many answers to spoil (20)')
  .option('--seed <n>', 'the same seed plans the same faults (1)')
  .option('--workers <n>', 'workers, each a sandbox host of its own (2)')
  .option('--only <faults>', 'only these, by commas: worker, gateway, server, model-cut, tracker-drop, …')
  .option(
    '--restart-server <command>',
    'kills and starts the Temporal server of TEMPORAL_ADDRESS; else it is left alone',
  )
  .option('--report <directory>', 'write chaos.json and chaos.md there')
  .option('--keep', 'leave repositories, logs and state where they are')
  .addHelpText(
    'after',
    '\nExit codes: 0 every promise held, 1 one was broken, 2 bad usage. What it touches: docs/chaos.md',
  )
  .action((options: Readonly<Record<string, string | boolean>>) =>
    finish(async () => (await import('./parts.js')).chaos(flags(options))),
  );

/** As they were given, for a program of its own. */
function flags(options: Readonly<Record<string, string | boolean>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : value === false ? [] : [flag, String(value)];
  });
}

command({ usage: 'version', summary: 'print the version', examples: ['version', 'version --json'] }).action(
  (options: Json) => finish(async () => (await import('./parts.js')).version(options)),
);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Without a command, help is an answer to a mistake; asked for, it is what was wanted.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
