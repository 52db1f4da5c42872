import { attributesOf, decode, firstPayload, type History, type HistoryEvent } from '../schemas/history.js';

// The activities of a history, each with its input and what came of it. Pure.

export interface HistoryStep {
  /** Activity type. */
  readonly name: string;
  readonly summary: string;
  /** ISO 8601; of the last attempt, or when it was asked for if none has begun. */
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly endedAt?: string;
  readonly attempts: number;
  readonly input: unknown;
  readonly result?: unknown;
  /** Why it did not succeed. */
  readonly failure?: string;
}

const ENDINGS = /^EVENT_TYPE_ACTIVITY_TASK_(COMPLETED|FAILED|TIMED_OUT|CANCELED)$/;

interface Failure {
  readonly message?: string;
  readonly cause?: Failure;
}

export function stepsOf({ events }: History): HistoryStep[] {
  const started = new Map<string, HistoryEvent>();
  const ended = new Map<string, HistoryEvent>();
  for (const event of events) {
    const of = attributesOf(event).scheduledEventId as string | undefined;
    if (of === undefined) continue;
    if (event.eventType === 'EVENT_TYPE_ACTIVITY_TASK_STARTED') started.set(of, event);
    else if (ENDINGS.test(event.eventType)) ended.set(of, event);
  }
  return events
    .filter(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')
    .map((event) => stepOf(event, started.get(event.eventId), ended.get(event.eventId)));
}

function stepOf(scheduled: HistoryEvent, started?: HistoryEvent, ended?: HistoryEvent): HistoryStep {
  const { activityType } = attributesOf(scheduled) as { readonly activityType: { readonly name: string } };
  const summary = decode(scheduled.userMetadata?.summary);
  const completed = ended?.eventType === 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED';
  return {
    name: activityType.name,
    summary: typeof summary === 'string' ? summary : activityType.name,
    startedAt: (started ?? scheduled).eventTime,
    ...(ended && { endedAt: ended.eventTime }),
    attempts: started ? Number(attributesOf(started).attempt ?? 1) : 0,
    input: firstPayload(scheduled, 'input'),
    ...(ended && completed && { result: unhosted(firstPayload(ended, 'result')) }),
    ...(ended && !completed && { failure: failureText(ended) }),
  };
}

/** Steps of a sandbox host answer with the host that took them. */
function unhosted(result: unknown): unknown {
  const value = result as { readonly host?: unknown; readonly result?: unknown } | null;
  return typeof value?.host === 'string' && 'result' in value ? value.result : result;
}

/** The innermost reason of an ending event; Temporal wraps a failure in others. */
export function failureText(event: HistoryEvent): string {
  let failure = attributesOf(event).failure as Failure | undefined;
  while (failure?.cause) failure = failure.cause;
  const how = event.eventType.replace(/^EVENT_TYPE_(ACTIVITY_TASK|WORKFLOW_EXECUTION)_/, '').toLowerCase();
  return failure?.message ?? how.replaceAll('_', ' ');
}
