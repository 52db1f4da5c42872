import type { Command } from 'commander';
import { finish, type Json } from './command.js';

// Commands about what signals became: `signalbox triage …` and `signalbox incident …`.

interface Reasoned extends Json {
  readonly reason: string;
}

export function addTriage(program: Command): void {
  const triage = group(program, 'triage', 'see what triage made of signals, and correct it');
  add(triage, 'ls', 'who leads, what was folded into it, what is like it', 'triage ls').action((options: Json) =>
    finish(async () => (await import('../triage.js')).list(options)),
  );
  add(triage, 'show <key>', 'one item: <source>/<item>, or the item alone', 'triage show ENG-101').action(
    (key: string, options: Json) => finish(async () => (await import('../triage.js')).show({ key, ...options })),
  );
  reasoned(triage, 'split <key>', 'it is another fault: it gets a mission of its own', 'triage split ENG-101').action(
    (key: string, options: Reasoned) =>
      finish(async () => (await import('../triage.js')).correct({ key, to: { kind: 'split' }, ...options })),
  );
  reasoned(
    triage,
    'merge <key> <into>',
    'it is the same fault: its mission ends, its work is kept',
    'triage merge jira/OPS-7 ENG-101',
  ).action((key: string, into: string, options: Reasoned) =>
    finish(async () => (await import('../triage.js')).correct({ key, to: { kind: 'merge', into }, ...options })),
  );
  reasoned(
    triage,
    'move <key> <repo>',
    'it is about another repository: it begins anew there',
    'triage move ENG-101 shop',
  ).action((key: string, repo: string, options: Reasoned) =>
    finish(async () => (await import('../triage.js')).correct({ key, to: { kind: 'move', repo }, ...options })),
  );
  reasoned(
    triage,
    'accept <key>',
    'yes to what a model proposes: to decline it, to split it',
    'triage accept ENG-101',
  ).action((key: string, options: Reasoned) =>
    finish(async () => (await import('../triage.js')).correct({ key, to: { kind: 'accept' }, ...options })),
  );

  const incident = group(program, 'incident', 'see what alerts led to, and decide what was asked');
  add(incident, 'ls', 'those that are open', 'incident ls').action((options: Json) =>
    finish(async () => (await import('../triage.js')).incidents(options)),
  );
  add(incident, 'show <id>', 'its alerts, evidence and timeline', 'incident show alertmanager-0123456789abcdef').action(
    (id: string, options: Json) => finish(async () => (await import('../triage.js')).incident({ id, ...options })),
  );
  for (const [name, open, does] of [
    ['open', true, 'have it worked on'],
    ['close', false, 'leave it; the record is kept'],
  ] as const) {
    reasoned(incident, `${name} <id>`, does, `incident ${name} alertmanager-0123456789abcdef`).action(
      (id: string, options: Reasoned) =>
        finish(async () => (await import('../triage.js')).decide({ id, open, ...options })),
    );
  }
}

function group(program: Command, name: string, does: string): Command {
  return program.command(name).description(does).enablePositionalOptions();
}

function add(parent: Command, usage: string, does: string, example: string): Command {
  return parent
    .command(usage)
    .description(does)
    .option('--json', 'print JSON on stdout', false)
    .addHelpText('after', `\nExamples:\n  $ signalbox ${example}`);
}

function reasoned(parent: Command, usage: string, does: string, example: string): Command {
  return add(parent, usage, does, example).option('--reason <text>', 'goes into the record', '');
}
