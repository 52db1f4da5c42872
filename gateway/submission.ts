import { createHash } from 'node:crypto';
import { parse } from '../schemas/parse.js';
import { type Actor, Signal, type Submission } from '../schemas/signal.js';

export interface SubmissionContext {
  readonly submission: Submission;
  readonly source: 'cli' | 'api';
  readonly now: Date;
  readonly actor?: Actor;
}

/** What a person or a program submits, as a signal: the same submission always has the same id. */
export function submissionSignal({ submission, source, now, actor }: SubmissionContext): Signal {
  const { id, title, text, repo } = submission;
  const hash = createHash('sha256')
    .update(JSON.stringify([title, text, repo ?? null]))
    .digest('hex');
  const signal: Signal = {
    specversion: '1.0',
    id: id ?? hash,
    source,
    type: 'prompt.submitted',
    subject: id ?? `${source}-${hash.slice(0, 10)}`,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    bodyhash: hash,
    data: { title, text, ...(repo ? { repo } : {}), ...(actor ? { actor } : {}) },
  };
  return parse(Signal, signal, 'the submission');
}
