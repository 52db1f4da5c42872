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
}

/**
 * What a person or a program submits, as a signal: the same submission always has the same id, another text under the
 * same id another one.
 */
export function submissionSignal({ submission, source, now, actor, again }: SubmissionContext): Signal {
  const { id, title, text, repo } = submission;
  const hash = createHash('sha256')
    .update(JSON.stringify([title, text, repo ?? null, ...(again ? [now.toISOString()] : [])]))
    .digest('hex');
  const signal: Signal = {
    specversion: '1.0',
    id: hash,
    source,
    type: 'prompt.submitted',
    subject: id ?? `${source}-${nameOf(submission)}`,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    bodyhash: hash,
    data: { title, text, ...(repo ? { repo } : {}), ...(actor ? { actor } : {}) },
  };
  return parse(Signal, signal, 'the submission');
}

/** Does not depend on when it is submitted: the work keeps its name when it is started again. */
function nameOf({ title, text, repo }: Submission): string {
  return createHash('sha256')
    .update(JSON.stringify([title, text, repo ?? null]))
    .digest('hex')
    .slice(0, 10);
}
