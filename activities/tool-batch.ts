import type { Conversation, Ending } from '../schemas/agent.js';
import type { FileCall } from '../schemas/tool.js';
import type { Blobs } from './ports.js';
import { type CheckedCall, type EndingInput, type ToolCall, writes } from './tool-calls.js';
import { type Answered, type Place, runCommand, runFiles } from './tool-runs.js';
import { toolSpan } from './tool-span.js';
import { summaryOf } from './tool-summary.js';

/** All commands of a batch together: below the time that the step has. */
const COMMANDS_SECONDS = 20 * 60;

export interface BatchRequest {
  readonly calls: readonly ToolCall[];
  /** One for each call. */
  readonly checked: readonly CheckedCall[];
  readonly conversation: Conversation;
  readonly blobs: Blobs;
  /** Undefined when no call needs one. */
  readonly place: Place | undefined;
}

/** The calls of one answer of a model, in their order; those that only read files, side by side. */
export class Batch {
  readonly #request: BatchRequest;
  readonly #answers: Answered[] = [];
  readonly #spans: ReturnType<typeof toolSpan>[] = [];
  #secondsLeft = COMMANDS_SECONDS;
  ending: Ending | undefined;

  constructor(request: BatchRequest) {
    this.#request = request;
  }

  /** One answer for each call. */
  async run(): Promise<readonly Answered[]> {
    const { checked } = this.#request;
    try {
      for (let index = 0; index < checked.length; ) index = await this.#step(index);
      return this.#answers;
    } finally {
      for (const [index, end] of this.#spans.entries()) if (!this.#answers[index]) end('lost');
    }
  }

  notes(): string[] {
    const { checked } = this.#request;
    return checked.flatMap((call, index) =>
      call.kind === 'note' && this.#answers[index]?.outcome === 'done' ? [call.text] : [],
    );
  }

  /** Whether anything ran that can have changed files. */
  wrote(): boolean {
    return this.#request.checked.some((call, index) => writes(call) && this.#answers[index]?.outcome !== 'refused');
  }

  /** Answers the call, or it and its neighbours; returns the index of the next one. */
  async #step(index: number): Promise<number> {
    const { checked, place } = this.#request;
    const call = checked[index];
    if (call?.kind === 'file' && place && !this.ending) return this.#files(place, index);
    this.#begin(index);
    this.#settle(index, call ? await this.#answerTo(call, place) : refused('there is no such call'));
    return index + 1;
  }

  async #answerTo(call: CheckedCall, place: Place | undefined): Promise<Answered> {
    if (this.ending) return refused(`not done: it came after ${this.ending.tool}, which ends your work`);
    switch (call.kind) {
      case 'refused':
        return refused(call.text);
      case 'note':
        return { outcome: 'done', text: 'noted' };
      case 'output':
        return this.#output(call);
      case 'ending':
        return this.#end(call.ending);
      case 'run':
        return place ? this.#command(place, call) : refused('there is no workspace');
      case 'file':
        return refused('there is no workspace');
    }
  }

  /** Neighbours share one start of the program, which keeps those that write in order. */
  async #files(place: Place, first: number): Promise<number> {
    const calls: FileCall[] = [];
    for (const call of this.#request.checked.slice(first)) {
      if (call.kind !== 'file') break;
      this.#begin(first + calls.length);
      calls.push(call.call);
    }
    await runFiles(place, calls, (call, answer) => this.#settle(first + call, answer));
    return first + calls.length;
  }

  async #command(place: Place, { input }: CheckedCall & { kind: 'run' }): Promise<Answered> {
    const timeoutSeconds = Math.min(input.timeoutSeconds, Math.floor(this.#secondsLeft));
    if (timeoutSeconds < 1) return refused('not run: the commands before it took all the time; call it again');
    const begin = performance.now();
    const answered = await runCommand(place, { ...input, timeoutSeconds });
    this.#secondsLeft -= (performance.now() - begin) / 1000;
    return answered;
  }

  async #output({ sha256, from, characters }: CheckedCall & { kind: 'output' }): Promise<Answered> {
    const text = (await this.#request.blobs.get({ sha256 })).toString();
    const part = text.slice(from, from + characters);
    const to = from + part.length;
    return { outcome: 'done', text: `[characters ${from} to ${to} of ${text.length}]\n${part}` };
  }

  async #end(ending: EndingInput): Promise<Answered> {
    if (ending.tool !== 'submit') {
      this.ending = ending;
      return { outcome: 'done', text: 'understood' };
    }
    const broken = this.#request.checked.findIndex(
      (call, index) => call.kind === 'file' && writes(call) && (this.#answers[index]?.outcome ?? 'done') !== 'done',
    );
    if (broken >= 0) return refused('not handed in: a change before it did not work; look at it first');
    const output = await this.#request.blobs.put(JSON.stringify(ending.output), 'application/json');
    this.ending = { tool: 'submit', output, summary: summaryOf(ending.output) };
    return { outcome: 'done', text: 'handed in' };
  }

  #begin(index: number): void {
    const call = this.#request.calls[index];
    if (call) this.#spans[index] = toolSpan(call);
  }

  #settle(index: number, answer: Answered): void {
    this.#answers[index] = answer;
    this.#spans[index]?.(answer.outcome);
  }
}

function refused(text: string): Answered {
  return { outcome: 'refused', text };
}
