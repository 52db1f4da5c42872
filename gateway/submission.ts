import { createHash } from 'node:crypto';
import { parse } from '../schemas/parse.js';
import { type Actor, Signal, type Submission } from '../schemas/signal.js';

export interface SubmissionContext {
  readonly submission: Submission;
  readonly source: 'cli' | 'api';
  readonly now: Date;
  readonly actor?: Actor;
  /** Starts the work once more although the same was submitted before. */
  readonly again?: boolean;
  /** A person stays at the other end and prompts it further. */
  readonly interactive?: boolean;
}

/**
 * What a person or a program submits, as a signal: the same submission always has the same id, another text under the
 * same id another one.
 */
export function submissionSignal({ submission, source, now, actor, again, interactive }: SubmissionContext): Signal {
  const { id, title, text, repo } = submission;
  const content = [title, text, repo ?? null, ...(interactive ? ['interactive'] : [])];
  const hash = hashOf(again ? [...content, now.toISOString()] : content);
  const signal: Signal = {
    specversion: '1.0',
    id: hash,
    source,
    type: 'prompt.submitted',
    // Without the time: the work keeps its name when it is started again.
    subject: id ?? `${interactive ? 'run' : source}-${hashOf(content).slice(0, 10)}`,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    bodyhash: hash,
    data: {
      title,
      text,
      ...(repo ? { repo } : {}),
      ...(actor ? { actor } : {}),
      ...(interactive ? { interactive } : {}),
    },
  };
  return parse(Signal, signal, 'the submission');
}

function hashOf(content: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
