import type { Message, Part } from '../schemas/model.js';
import type { Blobs } from './ports.js';
import type { CheckedCall, ToolCall } from './tool-calls.js';
import type { Answered } from './tool-runs.js';
import { isLong, quoted, shortened } from './tool-text.js';

type Result = Extract<Part, { type: 'tool-result' }>;

export interface Answers {
  readonly calls: readonly ToolCall[];
  /** One for each call, as are the answers. */
  readonly checked: readonly CheckedCall[];
  readonly answers: readonly Answered[];
  /** Signalbox's own words. */
  readonly told: readonly string[];
  /** Takes out what prompts never show. */
  readonly redact: (text: string) => string;
}

export interface Results {
  readonly message: Message;
  /** Outputs that were cut, kept whole. */
  readonly outputs: readonly string[];
}

/** The answers as the next message of the conversation: one result for each call, and what Signalbox has to say. */
export async function toResults(blobs: Blobs, { calls, checked, answers, told, redact }: Answers): Promise<Results> {
  const outputs: string[] = [];
  const results: Result[] = [];
  for (const [index, { id }] of calls.entries()) {
    const answer = answers[index] ?? { outcome: 'failed', text: 'no answer' };
    let text = redact(quoted(answer.text));
    // Files are bounded where they are read; a command says as much as it likes.
    if (checked[index]?.kind === 'run' && isLong(text)) {
      const { sha256 } = await blobs.put(text, 'text/plain');
      outputs.push(sha256);
      text = shortened(text, sha256);
    }
    const image = answer.image && ({ type: 'image', ...answer.image } as const);
    const content = [{ type: 'text', text } as const, ...(image ? [image] : [])];
    results.push({ type: 'tool-result', id, content, isError: answer.outcome !== 'done' });
  }
  results
    .at(-1)
    ?.content.push(
      ...told.map(
        (text) => ({ type: 'text', text: `<notice from="workspace">${redact(quoted(text))}</notice>` }) as const,
      ),
    );
  return { message: { role: 'user', parts: results }, outputs };
}
