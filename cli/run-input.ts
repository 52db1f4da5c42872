import { createInterface, type Interface } from 'node:readline';
import { workflowId } from '../schemas/names.js';
import {
  answerMission,
  cancelMission,
  handOver,
  type MissionStatus,
  promptMission,
  steerMission,
} from '../workflows/messages.js';
import type { Context } from './connect.js';
import { explain } from './errors.js';

// What is typed while a run is watched. The terminal stays in its usual mode: it echoes and edits the line, and Ctrl-C
// stays an interrupt.

const HELP = `while it works, a line is guidance; when it waits, the next prompt; when an agent asks, the answer
  /ship [text]   hand it over: it proves the change and merges it, and asks where the policy says so
  /leave         leave it alone; it goes on (also Ctrl-D and Ctrl-C)
  /stop [text]   cancel it
  /help`;

interface Typing {
  readonly item: string;
  readonly leave: () => void;
  /** Our answers must not stand in the middle of a model's words. */
  readonly endLine: () => void;
}

export class RunInput {
  readonly #context: Context;
  readonly #typing: Typing;
  readonly #lines: Interface;
  #status: MissionStatus | undefined;

  constructor(context: Context, typing: Typing) {
    this.#context = context;
    this.#typing = typing;
    this.#lines = createInterface({ input: process.stdin });
    this.#lines.on('line', (line) => void this.#heard(line.trim()));
    this.#lines.on('close', typing.leave);
    context.output.talk('/help says what can be typed');
  }

  /** What is asked and whether it waits decides what a line means. */
  saw(status: MissionStatus): void {
    if (status.stage === 'attached' && this.#status?.stage !== 'attached') {
      this.#context.output.talk('what next? a prompt, /ship or /leave');
    }
    this.#status = status;
  }

  close(): void {
    this.#lines.off('close', this.#typing.leave);
    this.#lines.close();
  }

  async #heard(line: string): Promise<void> {
    const { output } = this.#context;
    this.#typing.endLine();
    const [, command, rest = ''] = /^(\/\S*)\s*(.*)$/.exec(line) ?? [];
    try {
      if (line === '') return;
      if (command === undefined) await this.#say(line);
      else if (command === '/leave') this.#typing.leave();
      else if (command === '/ship') await this.#order(handOver, rest, 'it is handed over; /leave leaves it alone');
      else if (command === '/stop') await this.#order(cancelMission, rest, 'it is being cancelled');
      else output.talk(HELP);
    } catch (error) {
      output.talk(await explain(error));
    }
  }

  async #say(text: string): Promise<void> {
    const { asked, run, stage } = this.#status ?? {};
    if (asked) return this.#order(answerMission, text, 'answered');
    if (run === undefined) return this.#order(steerMission, text, 'heard');
    return this.#order(promptMission, text, stage === 'attached' ? 'it begins' : 'heard');
  }

  async #order(update: typeof handOver, text: string, done: string): Promise<void> {
    const { client, config, output } = this.#context;
    const by = { id: `cli:${config.user}`, name: config.user };
    const handle = client.workflow.getHandle(workflowId.mission(this.#typing.item));
    await handle.executeUpdate(update, { args: [{ by, text }] });
    output.talk(done);
  }
}
