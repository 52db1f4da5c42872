import { trace } from '@opentelemetry/api';
import { pino } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  readonly pretty: boolean;
  readonly name: string;
}

export type Logger = ReturnType<typeof createLogger>;

const SECRETS = [
  'token',
  'apiKey',
  'webhookSecret',
  'authorization',
  '*.token',
  '*.apiKey',
  '*.webhookSecret',
  '*.authorization',
];

/** JSON lines on stderr, with the trace that a line belongs to; stdout is for data. */
export function createLogger({ level, pretty, name }: LoggerOptions) {
  const destination = pretty
    ? pino.transport({ target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } })
    : pino.destination(2);
  return pino({ name, level, redact: SECRETS, mixin: traceIds }, destination);
}

function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
