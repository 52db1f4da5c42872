import { type Command, Option } from 'commander';
import { amount, command, finish, item, type Json, whole } from './command.js';

// Commands that decide, answer, give more, or stop.

export function addOrders(program: Command): void {
  for (const decision of ['approve', 'reject'] as const) {
    command(program, {
      usage: `${decision} <id>`,
      summary: `${decision} what waits: <mission>/<n>, or the mission when only one question is open`,
      examples: [`${decision} ENG-101`, `${decision} ENG-101/1 --reason "checked by hand" --yes`],
    })
      .option('--reason <text>', 'goes into the proof', '')
      .option('--yes', 'do not ask on a terminal', false)
      .action((id: string, options: Json & { reason: string; yes: boolean }) =>
        finish(async () => (await import('../approvals.js')).decide({ id: item(id), decision, ...options })),
      );
  }

  command(program, {
    usage: 'ask-back <id> <question>',
    summary: 'ask something before you decide: it goes to the ticket, and `signalbox answer` brings the answer back',
    examples: ['ask-back ENG-101 "is the old rounding still needed?"'],
  }).action((id: string, reason: string, options: Json) =>
    finish(async () =>
      (await import('../approvals.js')).decide({ id: item(id), decision: 'ask-back', reason, yes: true, ...options }),
    ),
  );

  command(program, {
    usage: 'hand-over <id> <person-or-team>',
    summary: 'leave a decision to somebody else who may take it: the key of a person, or `team/<name>`',
    examples: ['hand-over ENG-101 bob', 'hand-over ENG-101/2 team/payments --reason "on holiday from tomorrow"'],
  })
    .option('--reason <text>', 'goes into the record', '')
    .action((id: string, to: string, options: Json & { reason: string }) =>
      finish(async () =>
        (await import('../approvals.js')).decide({ id: item(id), decision: 'hand-over', to, yes: true, ...options }),
      ),
    );

  command(program, {
    usage: 'answer <id> <text>',
    summary:
      'answer what triage asked about an item, what an agent of its mission asks, or what an approver asked back',
    examples: ['answer ENG-104 "expected: 10 % off from 100 EUR on; repo: shop"', 'answer linear/ENG-104 "repo: shop"'],
  }).action((id: string, text: string, options: Json) =>
    finish(async () => (await import('../questions.js')).answer({ id, text, ...options })),
  );

  command(program, {
    usage: 'budget [mission-or-scope]',
    summary: 'show what a mission, a repo, a team or all may spend and have spent, or give more',
    examples: ['budget', 'budget ENG-101', 'budget ENG-101 --add 5', 'budget repo/shop', 'budget org --add 50'],
  })
    .addOption(new Option('--add <usd>', 'US dollars more').argParser(amount))
    .addOption(new Option('--add-tokens <n>', 'of repo/<name>, team/<key> or org: tokens more').argParser(whole(1)))
    .action((named: string | undefined, { add, addTokens, json }: Json & { add?: number; addTokens?: number }) =>
      finish(async () => {
        const more = await import('../scopes.js');
        if (named === undefined) return more.scopes({ json });
        const scope = named.replace(/^budget\//, '');
        if (!more.isScope(scope)) return (await import('../budget.js')).budget({ mission: item(named), add, json });
        if (add === undefined && addTokens === undefined) return more.scope(scope, { json });
        return more.raiseScope(scope, { usd: add ?? 0, tokens: addTokens ?? 0 }, { json });
      }),
    );

  command(program, {
    usage: 'steer <mission> <text>',
    summary: 'give guidance for the next plan or iteration',
    examples: ['steer ENG-101 "leave the rounding as it is"'],
  }).action((mission: string, text: string, options: Json) =>
    finish(async () =>
      (await import('../missions.js')).order({ order: 'steer', mission: item(mission), text, ...options }),
    ),
  );

  for (const [order, does] of [
    ['pause', 'let what runs finish and begin nothing new'],
    ['resume', 'go on after a pause'],
    ['cancel', 'end the mission, whatever it is at; its work so far is kept'],
  ] as const) {
    command(program, {
      usage: `${order} <mission>`,
      summary: does,
      examples: [`${order} ENG-101 --reason "release freeze"`],
    })
      .option('--reason <text>', 'goes into the record', '')
      .action((mission: string, { reason, json }: Json & { reason: string }) =>
        finish(async () =>
          (await import('../missions.js')).order({ order, mission: item(mission), text: reason, json }),
        ),
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
    command(program, { usage, summary: does, examples })
      .option('--reason <text>', 'goes into the record', '')
      .action((options: Json & { reason: string }) =>
        finish(async () => {
          const { halt, resume } = await import('../halt.js');
          return usage === 'halt' ? halt(options) : resume(options);
        }),
      );
  }
}
