import { byRole, type FakeCall, type FakeReply, type FakeScript } from '../test/fakes/models/script.js';
import { kindOf, type MissionKind } from './desks.js';

// What the models say. It depends on the conversation alone, so that a call which is made again is answered in the same
// way, by whichever process asks.

interface Task {
  readonly id: string;
  readonly title: string;
  readonly goal: string;
  readonly touches: readonly string[];
  readonly proof: 'existing-tests' | 'test-first' | 'gates';
  readonly targets?: readonly string[];
  /** Turns of the tester. */
  readonly tests?: readonly FakeReply[];
  /** Turns of the coder. */
  readonly turns: readonly FakeReply[];
}

const submit = (input: unknown): FakeReply => ({ tools: [{ name: 'submit', input }] });

function using(...calls: readonly (readonly [name: string, input: unknown])[]): FakeReply {
  return { tools: calls.map(([name, input]) => ({ name, input })) };
}

interface Addition {
  readonly desk: string;
  readonly id: string;
  readonly file: string;
  readonly code: string;
}

/** Reads, adds to the end of a file and looks at it, and hands in. A batch that ran twice from one tree adds twice. */
function adding({ desk, id, file, code }: Addition): Pick<Task, 'id' | 'turns'> {
  const path = `${desk}/src/${file}`;
  return {
    id,
    turns: [
      using(['read', { path }], ['read', { path: `${desk}/test/desk.test.js` }]),
      using(['run', { command: `cat >>${path} <<'END'\n\n${code}\nEND\nsleep 0.3` }], ['read', { path }]),
      using(['run', { command: `node --check ${path}` }]),
      submit({ summary: `${id} is there`, answers: [] }),
    ],
  };
}

function tasksOf(desk: string): readonly Task[] {
  const task = (path: string, rest: Omit<Task, 'touches' | 'title' | 'goal'>): Task => ({
    ...{ title: `${rest.id} of ${desk}`, goal: `Do what the ticket says of ${rest.id}, for ${desk}.` },
    ...{ touches: [`${desk}/src/${path}`], ...rest },
  });
  const test = (name: string) => `${desk}/test/desk.test.js::${desk}: ${name}`;
  /** For the search; on a machine so busy that it is not sure of what it found, a coder makes the same edit. */
  const mended = (id: string, name: string, edit: { readonly old: string; readonly new: string }) =>
    task(`${id}.js`, {
      ...{ id, proof: 'existing-tests', targets: [test(name)] },
      turns: [
        using(['edit', { path: `${desk}/src/${id}.js`, ...edit }]),
        submit({ summary: `${id} is mended`, answers: [] }),
      ],
    });
  const kinds: Readonly<Record<MissionKind, () => readonly Task[]>> = {
    repair: () => [
      mended('discount', 'a discount applies from its threshold on', { old: 'items > 10', new: 'items >= 10' }),
      mended('pages', 'a page begins where the one before it ended', { old: '(size - 1)', new: 'size' }),
    ],
    agents: () => [meanTask(desk), task('text.js', { proof: 'gates', ...adding(headings(desk)) })],
    approval: () => [
      task('tax.js', { proof: 'gates', ...adding(reducedTax(desk)) }),
      task('text.js', { proof: 'gates', ...adding(initials(desk)) }),
    ],
  };
  return kinds[kindOf(desk)]();
}

const headings = (desk: string): Addition => ({
  ...{ desk, id: 'heading', file: 'text.js' },
  code: '/** Text as a heading. */\nexport function heading(text) {\n  return text.charAt(0).toUpperCase() + text.slice(1);\n}',
});
const initials = (desk: string): Addition => ({
  ...{ desk, id: 'initials', file: 'text.js' },
  code: "/** First letters of a name. */\nexport function initials(name) {\n  return name.split(' ').map((word) => word.charAt(0)).join('');\n}",
});
const reducedTax = (desk: string): Addition => ({
  ...{ desk, id: 'tax', file: 'tax.js' },
  code: '/** Cents of tax on a net price of books. */\nexport function reducedTax(cents) {\n  return Math.round((cents * 7) / 100);\n}',
});

/** Its test comes first, by the tester. */
function meanTask(desk: string): Task {
  const name = `${desk}: the mean of some numbers`;
  const lines = [
    "import assert from 'node:assert/strict';",
    "import { it } from 'node:test';",
    "import * as lists from '../src/lists.js';",
    '',
    `it('${name}', () => {\n  assert.equal(lists.mean([1, 2, 6]), 3);\n});\n`,
  ];
  const file = `${desk}/test/mean.test.js`;
  return {
    ...{ title: `mean of ${desk}`, goal: `Do what the ticket says of mean, for ${desk}.`, proof: 'test-first' },
    touches: [`${desk}/src/lists.js`, file],
    tests: [
      using(['edit', { path: file, old: '', new: lines.join('\n') }]),
      submit({ summary: 'A test of the mean that fails for lack of it', tests: [`${file}::${name}`] }),
    ],
    ...adding({
      ...{ desk, id: 'mean', file: 'lists.js' },
      code: '/** The mean of some numbers. */\nexport function mean(numbers) {\n  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;\n}',
    }),
  };
}

function deskIn({ messages }: FakeCall): string {
  const desk = /\bdesk-[a-z]\d+\b/.exec(messages[0]?.texts.join('\n') ?? '')?.[0];
  if (!desk) throw new Error('the conversation is about no desk');
  return desk;
}

function taskIn(call: FakeCall): Task {
  const brief = call.messages[0]?.texts.join('\n') ?? '';
  const id = /^(?:Task|Write the tests first for task) ([a-z0-9-]+)\. /m.exec(brief)?.[1];
  const task = tasksOf(deskIn(call)).find((candidate) => candidate.id === id);
  if (!task) throw new Error(`there is no task ${id}`);
  return task;
}

function turn(turns: readonly FakeReply[] | undefined, call: FakeCall): FakeReply {
  const reply = turns?.[call.turn];
  const told = call.messages.at(-1)?.toolResults.map(({ text }) => text);
  if (!reply) throw new Error(`there is nothing to say at turn ${call.turn}: ${call.lastUser} ${told?.join('\n')}`);
  return reply;
}

/** Pieces of an answer come one after the other, so that a kill finds some half-way. */
const PACE_MS = 15;

export const abacusScript: FakeScript = async (call) => ({ ...(await said(call)), paceMs: PACE_MS });

const said = byRole({
  planner: (call) => {
    const desk = deskIn(call);
    return submit({
      criteria: [{ text: 'what the ticket accepts', check: 'the tests of the desk' }],
      ...{ questions: [], assumptions: [], risks: [], risk: 'low' },
      tasks: tasksOf(desk).map(({ id, title, goal, touches, proof, targets = [] }) => ({
        ...{ id, title, goal, touches, proof, targets, acceptance: ['it does what the ticket accepts'] },
        ...{ needs: [], module: 'abacus', size: 'small' },
      })),
    });
  },
  critic: () => submit({ verdict: 'accept', objections: [] }),
  tester: (call) => turn(taskIn(call).tests, call),
  coder: (call) => turn(taskIn(call).turns, call),
  reviewer: () => submit({ risk: 'low', riskBecause: 'a few lines', findings: [], earlier: [] }),
});
