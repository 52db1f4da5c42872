import type { Outcome } from '../schemas/outcome.js';
import type { MissionStatus, TaskStatus } from '../workflows/messages.js';
import type { Running, RunningTasks, Saying } from './running.js';
import { type Spending, spendingOf } from './spending.js';

// What is new between two looks at a mission, as events. Each word of a model and each turn is told once, although a
// look shows the last of them only, and the same ones again.

type TurnView = NonNullable<TaskStatus['agentTurns']>[number];
type Iteration = TaskStatus['turns'][number];

export type StreamEvent =
  /** `cut`: words before it were too quick to be seen. */
  | { type: 'text'; node: string; model: string; thought: boolean; text: string; cut: boolean }
  /** `said` is what of it was not in a `text` before. */
  | { type: 'turn'; node: string; turn: TurnView }
  | { type: 'iteration'; node: string; iteration: Iteration }
  | { type: 'cost'; spending: Spending }
  | { type: 'end'; outcome: Outcome };

/** What was told of a task so far. */
interface Told {
  saying?: Saying;
  /** Its words since its last turn. */
  spoken: string;
  turn?: TurnView;
  iterations: number;
}

/** Of a turn's words a look has so many at most. */
const SAID_CHARACTERS = 200;

export class MissionStream {
  readonly #told = new Map<string, Told>();
  #spending = '';
  #ended = false;

  next(status: MissionStatus, running: RunningTasks): StreamEvent[] {
    const events = [...running].flatMap(([node, task]) => this.#ofTask(node, task));
    const spending = spendingOf(status, running);
    if (spending && JSON.stringify(spending) !== this.#spending) {
      this.#spending = JSON.stringify(spending);
      events.push({ type: 'cost', spending });
    }
    if (status.outcome && !this.#ended) {
      this.#ended = true;
      events.push({ type: 'end', outcome: status.outcome });
    }
    return events;
  }

  #ofTask(node: string, { agents, saying }: Running): StreamEvent[] {
    const told = this.#told.get(node) ?? { spoken: '', iterations: 0 };
    this.#told.set(node, told);
    const events: StreamEvent[] = newTurns(agents?.agentTurns ?? [], told.turn).map((turn) => {
      const said = unsaid(turn.said ?? '', told.spoken);
      told.spoken = '';
      told.turn = turn;
      const { said: _all, ...rest } = turn;
      return { type: 'turn', node, turn: said === '' ? rest : { ...rest, said } };
    });
    // A task that was started again begins anew.
    const iterations = agents?.turns ?? [];
    if (iterations.length < told.iterations) told.iterations = 0;
    const judged = iterations.slice(told.iterations);
    told.iterations += judged.length;
    events.push(...judged.map((iteration) => ({ type: 'iteration' as const, node, iteration })));
    if (!saying) return events;
    // Half a character, or half a line end, is told with its other half.
    const half = /[\ud800-\udbff\r]$/.test(saying.text) ? 1 : 0;
    const now = { ...saying, text: saying.text.slice(0, saying.text.length - half), offset: saying.offset - half };
    const { text: whole, cut } = newText(now, told.saying);
    told.saying = now;
    if (whole === '') return events;
    if (!saying.thought) told.spoken = `${told.spoken}${whole}`.slice(0, 2 * SAID_CHARACTERS);
    return [...events, { type: 'text', node, model: saying.model, thought: saying.thought, text: whole, cut }];
  }
}

/** What was said since the look before: a call shows the last of its words, and how many there were. */
function newText(saying: Saying, before: Saying | undefined): { text: string; cut: boolean } {
  const same = before?.call === saying.call && before.model === saying.model && before.offset <= saying.offset;
  const fresh = saying.offset - (same ? before.offset : 0);
  const { text } = saying;
  if (!same || before.thought !== saying.thought) return { text, cut: fresh > text.length };
  const known = overlap(before.text, text, Math.max(0, text.length - fresh));
  return { text: text.slice(known), cut: known === 0 && fresh > text.length };
}

/** How much of `text` was in `before`. What was taken out of it, like a key, is counted but not there. */
function overlap(before: string, text: string, counted: number): number {
  const shared = (length: number) => before.endsWith(text.slice(0, length));
  if (counted > 0 && shared(counted)) return counted;
  if (text.length > before.length && text.startsWith(before)) return before.length;
  for (let length = text.length; counted > 0 && length > 0; length--) if (shared(length)) return length;
  return counted;
}

/** A look has the last turns: what comes after the one that was told last is new; all of them, when it is gone. */
function newTurns(turns: readonly TurnView[], last: TurnView | undefined): readonly TurnView[] {
  const known = last && JSON.stringify(last);
  return turns.slice(turns.findLastIndex((turn) => JSON.stringify(turn) === known) + 1);
}

/** `said` is on one line, and cut after some words. */
function unsaid(said: string, spoken: string): string {
  const heard = spoken.replace(/\s+/g, ' ').trim();
  if (heard.length >= SAID_CHARACTERS) return '';
  return said.startsWith(heard) ? said.slice(heard.length).trim() : heard === '' ? said : '';
}
