import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../schemas/outcome.js';
import type { MissionStatus, TaskStatus } from '../workflows/messages.js';
import type { Output } from './output.js';
import type { Running, Saying } from './running.js';
import { MissionStream } from './stream.js';
import { jsonStream, textStream } from './stream-output.js';

const STATUS: MissionStatus = {
  ...{ item: 'run-1', title: 'T', repo: 'shop', stage: 'running', paused: false, planVersion: 0, tasks: [], notes: [] },
  since: '2026-01-05T10:00:00Z',
  startedAt: '2026-01-05T10:00:00Z',
};
const NOW = Date.parse('2026-01-05T10:00:05Z');
const SHOWN = 2_000;

/** A call of a model as its heartbeats show it: the last of its words, and how many there were. */
class Call {
  #text = '';
  #offset = 0;
  #thought = false;
  readonly #call: string;

  constructor(call = '1/1') {
    this.#call = call;
  }

  say(text: string, thought = false): this {
    if (thought !== this.#thought) this.#text = '';
    this.#thought = thought;
    this.#text += text;
    this.#offset += text.length;
    return this;
  }

  beat(): Saying {
    const text = this.#text.slice(-SHOWN);
    return { call: this.#call, model: 'model-a', text, offset: this.#offset, thought: this.#thought };
  }
}

const turn = (n: number, more: object = {}) => {
  return { n, role: 'coder', model: 'model-a', did: `did ${n}`, usd: 0.01, context: 1000 * n, ...more };
};
const task = (more: Partial<TaskStatus>): TaskStatus => ({ node: 'run', stage: 'running', turns: [], ...more });

function streamed() {
  const stream = new MissionStream();
  return (running: Running, status = STATUS) => stream.next(status, new Map([['run', running]]));
}

const texts = (events: ReturnType<MissionStream['next']>) =>
  events.flatMap((event) => (event.type === 'text' ? [event.text] : []));

describe('the words of a model', () => {
  it('are told once and whole, in whatever pieces they are seen', () => {
    const pieces = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.boolean()), (parts, looks) => {
        const see = streamed();
        const call = new Call();
        const events = parts.flatMap((part) => {
          call.say(part);
          return looks.next().value ? see({ saying: call.beat() }) : [];
        });
        // One more word, so that nothing is left in the middle of a character.
        events.push(...see({ saying: call.say('.').beat() }));
        fc.pre(!events.some((event) => event.type === 'text' && event.cut));
        expect(texts(events).join('')).toBe(`${parts.join('')}.`);
      }),
    );
  });

  it('are not torn in the middle of a character, or of a line end', () => {
    const see = streamed();
    const call = new Call();
    expect(texts(see({ saying: call.say('so \ud83d').beat() }))).toEqual(['so ']);
    expect(texts(see({ saying: call.say('\ude00\r').beat() }))).toEqual(['\ud83d\ude00']);
    expect(texts(see({ saying: call.say('\nend').beat() }))).toEqual(['\r\nend']);
  });

  it('repeat only when they are repeated', () => {
    const see = streamed();
    const call = new Call();
    expect(texts(see({ saying: call.say('na na ').beat() }))).toEqual(['na na ']);
    expect(texts(see({ saying: call.beat() }))).toEqual([]);
    expect(texts(see({ saying: call.say('na na ').beat() }))).toEqual(['na na ']);
  });

  it('that were too quick to be seen are missed openly', () => {
    const see = streamed();
    const call = new Call();
    see({ saying: call.say('a'.repeat(10)).beat() });
    const [event] = see({ saying: call.say(`${'b'.repeat(3000)}c`).beat() });
    expect(event).toMatchObject({ cut: true, text: `${'b'.repeat(SHOWN - 1)}c` });
  });

  it('are told apart from its thoughts, and one call from the next', () => {
    const see = streamed();
    const call = new Call().say('hm', true);
    expect(see({ saying: call.beat() })).toMatchObject([{ thought: true, text: 'hm', cut: false }]);
    expect(see({ saying: call.say('Now.').beat() })).toMatchObject([{ thought: false, text: 'Now.', cut: false }]);
    // Longer than the one before it, which does not make it its continuation.
    expect(texts(see({ saying: new Call('2/1').say('Another answer.').beat() }))).toEqual(['Another answer.']);
  });

  it('are not told twice where a key was taken out of them', () => {
    const see = streamed();
    const said = { call: '1/1', model: 'model-a', thought: false };
    see({ saying: { ...said, text: 'The key is ', offset: 11 } });
    const next = { ...said, text: 'The key is [key], use it', offset: 11 + 40 + 8 };
    expect(texts(see({ saying: next }))).toEqual(['[key], use it']);
  });
});

describe('the turns of an agent', () => {
  it('are told once, also when old ones are shown no more, and again for another agent', () => {
    const see = streamed();
    const turns = Array.from({ length: 70 }, (_, n) => turn(n + 1));
    const told = (from: number, to: number) =>
      see({ agents: task({ agentTurns: turns.slice(from, to) }) }).flatMap((event) =>
        event.type === 'turn' ? [event.turn.n] : [],
      );
    expect(told(0, 2)).toEqual([1, 2]);
    expect(told(0, 2)).toEqual([]);
    expect(told(1, 61)).toEqual(Array.from({ length: 59 }, (_, n) => n + 3));
    turns.push(turn(1, { role: 'tester' }));
    expect(told(12, 71)).toEqual([62, 63, 64, 65, 66, 67, 68, 69, 70, 1]);
  });

  it('say what was not heard before', () => {
    const said = 'I will read the file first.';
    const see = streamed();
    see({ saying: new Call().say('I will\nread ').beat() });
    const heard = see({ agents: task({ agentTurns: [turn(1, { said })] }) });
    expect(heard).toMatchObject([{ turn: { n: 1, said: 'the file first.' } }]);
    const unheard = see({ agents: task({ agentTurns: [turn(1, { said }), turn(2, { said })] }) });
    expect(unheard).toMatchObject([{ turn: { n: 2, said } }]);
    see({ saying: new Call('2/1').say(`${said} And then I will go on.`).beat() });
    const all = see({ agents: task({ agentTurns: [turn(2, { said }), turn(3, { said })] }) });
    expect(all.some((event) => event.type === 'turn' && 'said' in event.turn)).toBe(false);
  });
});

describe('what it costs', () => {
  const limit = { usd: 5, tokens: 1_000_000 };
  const usage = { input: 100, output: 0, cacheRead: 0, cacheWrite: 0 };
  const spent = { usd: 0.5, usage, candidates: 0, iterations: 0, activeMs: 0 };
  const paid: MissionStatus = { ...STATUS, budget: { limit, share: 0.2, spent } };

  it('is what has ended and what runs, and told when it changes', () => {
    const see = streamed();
    const running = { agents: task({ cost: { usd: 0.25, usage } }) };
    expect(see(running, paid)).toEqual([
      { type: 'cost', spending: { usd: 0.75, tokens: 200, limitUsd: 5, limitTokens: 1_000_000 } },
    ]);
    expect(see(running, paid)).toEqual([]);
    // It has ended: the mission's own sum has it.
    const holders = { 'task/run-1/run': { granted: limit, spent: { usd: 0.25, usage } } };
    const ended = { ...paid, holders, budget: { limit, share: 0.2, spent: { ...spent, usd: 0.75 } } };
    expect(see(running, ended)).toMatchObject([{ spending: { usd: 0.75, tokens: 100 } }]);
  });

  it('is unknown as soon as a part of it is', () => {
    const see = streamed();
    expect(see({ agents: task({ cost: { usd: null, usage } }) }, paid)).toMatchObject([{ spending: { usd: null } }]);
  });
});

describe('the stream', () => {
  function recorded(): Output & { readonly shown: () => string } {
    let shown = '';
    const add = (text: string) => {
      shown += text;
    };
    const size = { columns: () => 80, rows: () => 24, tty: true, color: false };
    return { shown: () => shown, write: add, data: (text) => add(`${text}\n`), talk: () => undefined, ...size };
  }
  const verdict = { gate: 'tests', outcome: 'fail', reason: '1 fails' };
  const finding = { severity: 'blocker', path: 'src/a.ts', line: 3, message: 'adds a secret' };
  const iteration = { n: 1, critique: { decision: 'again', because: 'red', verdicts: [verdict], findings: [finding] } };
  const outcome = { result: 'cancelled', because: 'by alice', spend: { usd: 0 }, stages: [] } as unknown as Outcome;

  it('puts the words behind a bar, and turns, gates, findings and changes on lines of their own', () => {
    const output = recorded();
    const sink = textStream(output);
    const call = new Call().say('First\nthen', true);
    const show = (running: Running, status = STATUS) =>
      sink.show({ status, running: new Map([['run', running]]), now: NOW });
    const view = { task: { id: 'run', kind: 'change', needs: [] }, state: 'running', detail: '', tried: 0, gates: {} };
    const working = { ...STATUS, tasks: [view as never] };
    show({ saying: call.beat() }, working);
    show({ saying: call.say(' more', true).beat() }, working);
    show({ saying: call.say('✔ run passed').beat() }, working);
    show({ agents: task({ agentTurns: [turn(1)], turns: [iteration as never] }) }, { ...working, stage: 'attached' });
    expect(output.shown().split('\n')).toEqual([
      'run-1: T (shop)',
      'stage running',
      '▶ run running',
      'run thinks (model-a)',
      '  │ First',
      '  │ then more',
      'run says (model-a)',
      '  │ ✔ run passed',
      'run coder, turn 1: did 1  $0.01, 1k tokens of context, model-a',
      'run submission 1: again, red',
      '  tests: fail, 1 fails',
      '  blocker: src/a.ts:3 adds a secret',
      'stage attached',
      '',
    ]);
  });

  it('lets nothing of what a model says reach the terminal as it is', () => {
    const output = recorded();
    const evil = '\x1b]0;x\x07\x1b[2J\u202e';
    const agents = task({ agentTurns: [turn(1, { said: evil, did: evil, model: evil, role: evil })] });
    const saying = new Call().say(evil).beat();
    textStream(output).show({ status: STATUS, running: new Map([['run', { saying, agents }]]), now: NOW });
    expect(output.shown()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it('is one JSON object per event for programs', () => {
    const output = recorded();
    const sink = jsonStream(output);
    const running = new Map([['run', { saying: new Call().say('hi').beat() }]]);
    sink.show({ status: STATUS, running, now: NOW });
    sink.show({ status: { ...STATUS, outcome }, running, now: NOW });
    const events = output
      .shown()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { type: 'mission', at: '2026-01-05T10:00:05.000Z', status: { item: 'run-1' } },
      { type: 'text', node: 'run', text: 'hi' },
      { type: 'mission' },
      { type: 'end', outcome: { result: 'cancelled' } },
    ]);
  });
});
