// What Signalbox reads of a Temporal history in its protobuf JSON form. Pure.

interface Payload {
  readonly metadata?: { readonly encoding?: string };
  readonly data?: string;
}

interface Payloads {
  readonly payloads?: readonly Payload[];
}

export interface HistoryEvent {
  readonly eventId: string;
  /** ISO 8601. */
  readonly eventTime: string;
  /** `EVENT_TYPE_…` */
  readonly eventType: string;
  readonly userMetadata?: { readonly summary?: Payload };
  readonly [attributes: string]: unknown;
}

export interface History {
  readonly events: readonly HistoryEvent[];
}

export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

export interface RunHistory extends Execution {
  /** Workflow type: `mission`, `task`, … */
  readonly type: string;
  readonly history: History;
}

/** A run with everything that it started, and what that started. */
export interface RunTree {
  readonly root: RunHistory;
  /** In the order in which they were started. */
  readonly children: readonly RunHistory[];
  /** Children that Temporal has forgotten. */
  readonly forgotten: readonly Execution[];
}

/** The attributes of an event, whatever its type: each event has one field that is named after it. */
export function attributesOf(event: HistoryEvent): Readonly<Record<string, unknown>> {
  const name = Object.keys(event).find((key) => key.endsWith('EventAttributes'));
  return name === undefined ? {} : (event[name] as Record<string, unknown>);
}

const CLOSED = /^EVENT_TYPE_WORKFLOW_EXECUTION_(COMPLETED|FAILED|TIMED_OUT|CANCELED|TERMINATED|CONTINUED_AS_NEW)$/;

/** Whether the run has ended: nothing comes after such an event. */
export function isClosed({ events }: History): boolean {
  return CLOSED.test(events.at(-1)?.eventType ?? '');
}

interface Start {
  readonly type: string;
  /** The first run of the chain that continued as new; the run itself when it is the first. */
  readonly first: string;
  readonly previous?: string;
}

export function startOf({ events }: History): Start {
  const attributes = events[0] ? attributesOf(events[0]) : {};
  const { workflowType, firstExecutionRunId, continuedExecutionRunId } = attributes as {
    readonly workflowType?: { readonly name?: string };
    readonly firstExecutionRunId?: string;
    readonly continuedExecutionRunId?: string;
  };
  return {
    type: workflowType?.name ?? '',
    first: firstExecutionRunId ?? '',
    ...(continuedExecutionRunId && { previous: continuedExecutionRunId }),
  };
}

/** Of the run that this one continued as. */
export function nextRunOf({ events }: History): string | undefined {
  const last = events.at(-1);
  return last && (attributesOf(last).newExecutionRunId as string | undefined);
}

export function startedChildren({ events }: History): (Execution & { readonly type: string })[] {
  return events
    .filter(({ eventType }) => eventType === 'EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED')
    .map((event) => {
      const { workflowExecution, workflowType } = attributesOf(event) as {
        readonly workflowExecution: Execution;
        readonly workflowType: { readonly name: string };
      };
      return { ...workflowExecution, type: workflowType.name };
    });
}

/** The JSON value of a payload; undefined when it holds none. */
export function decode(payload: Payload | undefined): unknown {
  if (payload?.data === undefined) return undefined;
  const encoding = Buffer.from(payload.metadata?.encoding ?? '', 'base64').toString();
  return encoding.startsWith('json/') ? JSON.parse(Buffer.from(payload.data, 'base64').toString()) : undefined;
}

/** The first of an event's payloads under a name: `input`, `result`. */
export function firstPayload(event: HistoryEvent, name: string): unknown {
  return decode((attributesOf(event)[name] as Payloads | undefined)?.payloads?.[0]);
}

/** What the run handed back; undefined when it did not complete. */
export function resultOf({ events }: History): unknown {
  const end = events.at(-1);
  return end?.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' ? firstPayload(end, 'result') : undefined;
}

/** Every value in every payload of a history: inputs, results, details, signals, updates. */
export function payloadsOf(history: History): unknown[] {
  const found: unknown[] = [];
  visit(history.events, (value) => {
    if (typeof value !== 'object' || value === null || !('data' in value) || !('metadata' in value)) return true;
    found.push(decode(value as Payload));
    return false;
  });
  return found;
}

/** Walks through a JSON value, parents first; `enter` says whether to go on into it. */
export function visit(value: unknown, enter: (value: unknown) => boolean): void {
  if (!enter(value) || typeof value !== 'object' || value === null) return;
  for (const part of Object.values(value)) visit(part, enter);
}
