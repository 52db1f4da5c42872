import { type Command, Option } from 'commander';
import { command, finish, type Json, percent } from './command.js';

// Commands about an installation: its health, builds, configuration, keys and bearing.

export function addInstallation(program: Command): void {
  command(program, {
    usage: 'doctor',
    summary: 'check everything that Signalbox needs; each problem comes with its remedy',
    examples: ['doctor', 'doctor --json'],
  }).action((options: Json) => finish(async () => (await import('../doctor.js')).doctor(options)));

  command(program, {
    usage: 'connect',
    summary: 'set up a door: what to do at the source, its secret, and a test delivery; without a name, list the doors',
    examples: ['connect', 'connect linear --url https://signalbox.example.com', 'connect github --yes --json'],
  })
    .argument('[door]', 'linear, jira, github, gitea, alertmanager, …')
    .option('--url <address>', 'under which the source reaches the gateway')
    .option('--gateway <address>', 'under which it is reached from here, for the test')
    .option('--secret-file <file>', 'with the secret that the source has made')
    .option('-y, --yes', 'write a new secret without asking', false)
    .action(
      (
        door: string | undefined,
        options: Json & { url?: string; gateway?: string; secretFile?: string; yes: boolean },
      ) =>
        finish(async () => {
          const { url, gateway, secretFile, yes, json } = options;
          return (await import('../connect-door.js')).connectDoor({ door, url, gateway, secretFile, yes, json });
        }),
    );

  command(program, {
    usage: 'kpi',
    summary: 'list the figures that are watched: where each is, and since when',
    examples: ['kpi', 'kpi --json'],
  }).action((options: Json) => finish(async () => (await import('../kpis.js')).kpis(options)));

  addQuarantine(program);

  const deploy = program
    .command('deploy')
    .description('choose which build of the workers gets the work')
    .enablePositionalOptions();
  deploy
    .command('status')
    .description('list the builds: state, workers, and the open workflows that stay with each')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox deploy status')
    .action((options: Json) => finish(async () => (await import('../deploy.js')).status(options)));
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
        return (await import('../deploy.js')).promote({ build, ramp, json });
      }),
    );
  deploy
    .command('drained')
    .description('exit code 0 when the workers of older builds may be stopped')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ until signalbox deploy drained; do sleep 10; done')
    .action((options: Json) => finish(async () => (await import('../deploy.js')).drained(options)));

  const config = program.command('config').description('look at the configuration').enablePositionalOptions();
  config
    .command('print')
    .description('print the configuration as it is in effect, without secrets')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox config print')
    .action((options: Json) => finish(async () => (await import('../config.js')).print(options)));
  config
    .command('validate')
    .argument(
      '[file]',
      'signalbox.yaml, signalbox.config.yaml, people.yaml, on-call.yaml, services.yaml or holdouts.yaml, under any name; by default the first two, where they are here',
    )
    .description('check a file that people write; every wrong field is named')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ signalbox config validate\n  $ signalbox config validate shop/signalbox.yaml',
    )
    .action((file: string | undefined, options: Json) =>
      finish(async () => (await import('../config.js')).validate({ file, ...options })),
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
      finish(async () => (await import('../encryption.js')).newKey({ file, ...options })),
    );

  command(program, {
    usage: 'init [directory]',
    summary: 'write signalbox.yaml for the repository that is here, from what it contains',
    examples: ['init', 'init ../shop', 'init --force'],
  })
    .option('--force', 'replace the signalbox.yaml that is there', false)
    .action((directory: string | undefined, options: Json & { force: boolean }) =>
      finish(async () => (await import('../init.js')).init({ directory: directory ?? '.', ...options })),
    );

  command(program, {
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
      finish(async () => (await import('../parts.js')).chaos(flags(options))),
    );

  command(program, { usage: 'version', summary: 'print the version', examples: ['version', 'version --json'] }).action(
    (options: Json) => finish(async () => (await import('../parts.js')).version(options)),
  );
}

function addQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('what came from the right sender and was not understood')
    .enablePositionalOptions();
  quarantine
    .command('ls')
    .description('list it, newest first')
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', '\nExamples:\n  $ signalbox quarantine ls')
    .action((options: Json) => finish(async () => (await import('../quarantine.js')).list(options)));
  for (const [name, does] of [
    ['show', 'print one, with why it was not understood'],
    ['retry', 'let it through its door again; exit code 1 when it is still not understood'],
    ['rm', 'throw it away'],
  ] as const) {
    quarantine
      .command(name)
      .argument('<id>', '<door>/<hash>, as `ls` shows it')
      .description(does)
      .option('--json', 'print JSON on stdout', false)
      .addHelpText('after', `\nExamples:\n  $ signalbox quarantine ${name} github/0123456789abcdef01234567`)
      .action((id: string, options: Json) =>
        finish(async () => {
          const { remove, retry, show } = await import('../quarantine.js');
          return { show, retry, rm: remove }[name]({ id, ...options });
        }),
      );
  }
}

/** As they were given, for a program of its own. */
function flags(options: Readonly<Record<string, string | boolean>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : value === false ? [] : [flag, String(value)];
  });
}
