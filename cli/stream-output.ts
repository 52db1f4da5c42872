import { type Output, safe, safeLines } from './output.js';
import { type Frame, renderChanges } from './render.js';
import { describeSpending, dollars, thousands } from './spending.js';
import { MissionStream, type StreamEvent } from './stream.js';
import { type Paint, painter } from './text.js';
import type { WatchSink } from './watch.js';

// The stream of a mission on a terminal or in a pipe. The words of a model stand behind a bar, line by line: they must
// not pass for a line of ours.

const BAR = '  │ ';

export interface StreamSink extends WatchSink {
  /** What is printed next, by whomever, begins a line. */
  endLine(): void;
}

export function textStream(output: Output): StreamSink {
  const stream = new MissionStream();
  const text = new ModelText(output);
  let before: Frame | undefined;
  let cost = '';
  let away = false;
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) text.end();
    for (const line of lines) output.data(line);
  };
  const tell = (event: StreamEvent) => {
    if (event.type === 'text') return text.say(event);
    const lines = describe(event, painter(output.color));
    // Less than a cent more reads the same.
    if (event.type === 'cost' && lines.join() === cost) return;
    if (event.type === 'cost') cost = lines.join();
    print(lines);
  };
  return {
    show(frame) {
      const events = stream.next(frame.status, frame.running);
      const ran = new Set(before?.status.tasks.filter(({ state }) => state === 'running').map(({ task }) => task.id));
      // A task begins before its first words, and its last words come before its end.
      const early = events.filter((event) => 'node' in event && ran.has(event.node));
      for (const event of early) tell(event);
      print(renderChanges(before, frame));
      for (const event of events) if (!early.includes(event)) tell(event);
      before = frame;
      away = false;
    },
    waiting(reason) {
      if (!away) output.talk(reason);
      away = true;
    },
    endLine: () => text.end(),
  };
}

/** One JSON object per event, one per line; `mission` is the whole status, whenever it has changed. */
export function jsonStream(output: Output): StreamSink {
  const stream = new MissionStream();
  let before = '';
  const print = (event: object, now: number) => {
    output.data(JSON.stringify({ at: new Date(now).toISOString(), ...event }));
  };
  return {
    show({ status, running, now }) {
      const said = JSON.stringify(status);
      if (said !== before) print({ type: 'mission', status }, now);
      before = said;
      for (const event of stream.next(status, running)) print(event, now);
    },
    endLine: () => undefined,
  };
}

type TextEvent = Extract<StreamEvent, { type: 'text' }>;

class ModelText {
  readonly #output: Output;
  readonly #paint: Paint;
  #speaker = '';
  #open = false;

  constructor(output: Output) {
    this.#output = output;
    this.#paint = painter(output.color);
  }

  say({ node, model, thought, text, cut }: TextEvent): void {
    const speaker = `${node} ${thought ? 'thinks' : 'says'} (${safe(model)})`;
    if (!this.#open || speaker !== this.#speaker) {
      this.end();
      this.#output.data(this.#paint('bold', speaker));
      this.#output.write(BAR);
      this.#speaker = speaker;
      this.#open = true;
    }
    const shown = safeLines(cut ? `… ${text}` : text).replaceAll('\n', `\n${BAR}`);
    this.#output.write(thought ? this.#paint('gray', shown) : shown);
  }

  end(): void {
    if (this.#open) this.#output.write('\n');
    this.#open = false;
  }
}

function describe(event: Exclude<StreamEvent, TextEvent>, paint: Paint): string[] {
  switch (event.type) {
    case 'turn':
      return describeTurn(event, paint);
    case 'iteration':
      return describeIteration(event);
    case 'cost':
      return [paint('gray', `cost ${describeSpending(event.spending)}`)];
    case 'end':
      // Told by the changes of the mission.
      return [];
  }
}

function describeTurn({ node, turn }: Extract<StreamEvent, { type: 'turn' }>, paint: Paint): string[] {
  const { role, n, model, said, did, usd, context } = turn;
  const facts = `${dollars(usd)}, ${thousands(context)} tokens of context, ${safe(model)}`;
  return [
    ...(said === undefined ? [] : [`${BAR}${safe(said)}`]),
    `${node} ${safe(role)}, turn ${n}: ${safe(did ?? 'said something')}  ${paint('gray', facts)}`,
  ];
}

function describeIteration({ node, iteration }: Extract<StreamEvent, { type: 'iteration' }>): string[] {
  const { n, critique } = iteration;
  return [
    `${node} submission ${n}: ${critique.decision}, ${safe(critique.because)}`,
    ...critique.verdicts.map(({ gate, outcome, reason }) => `  ${safe(gate)}: ${outcome}, ${safe(reason)}`),
    ...critique.findings.map(
      ({ severity, path, line, message }) =>
        `  ${severity}: ${safe(path)}${line === undefined ? '' : `:${line}`} ${safe(message)}`,
    ),
  ];
}
