import { SpanStatusCode, trace } from '@opentelemetry/api';
import { ToolName } from '../schemas/agent.js';
import type { ToolCall } from './tool-calls.js';
import type { Answered } from './tool-runs.js';

const tracer = trace.getTracer('signalbox.tools');

/**
 * A span per call, in the terms of OpenTelemetry's conventions for generative AI, without any content. Returns what ends
 * it. A name that a model made up is content too.
 */
export function toolSpan({ id, name }: ToolCall): (outcome: Answered['outcome'] | 'lost') => void {
  const known = ToolName.safeParse(name).data ?? 'unknown';
  const span = tracer.startSpan(`execute_tool ${known}`, {
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': known,
      'gen_ai.tool.call.id': id.slice(0, 100),
    },
  });
  return (outcome) => {
    if (outcome !== 'done') {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute('error.type', outcome);
    }
    span.end();
  };
}
