import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { redactor } from '../../schemas/redact.js';

const hidden = new Set<string>();
let redact = redactor(hidden);

/**
 * From now on no span that leaves this process shows these words: whoever reads a blueprint hands its `redact` in. They
 * stay hidden for all repositories, since a span does not say whose it is.
 */
export function hideInTraces(words: readonly string[]): void {
  if (words.every((word) => hidden.has(word))) return;
  for (const word of words) hidden.add(word);
  redact = redactor(hidden);
}

/** Hands the spans on without the hidden words. By default no span has content; operators may switch it on. */
export function redacting(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(hidden.size === 0 ? spans : spans.map(redacted), done),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** The span itself stays as it is: other processors may hold it. */
function redacted(span: ReadableSpan): ReadableSpan {
  const { message } = span.status;
  return Object.create(span, {
    name: { value: redact(span.name) },
    status: { value: { ...span.status, ...(message !== undefined && { message: redact(message) }) } },
    attributes: { value: redactedAttributes(span.attributes) },
    events: {
      value: span.events.map((event) => ({
        ...event,
        name: redact(event.name),
        ...(event.attributes && { attributes: redactedAttributes(event.attributes) }),
      })),
    },
  }) as ReadableSpan;
}

function redactedAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, redactedValue(value)]));
}

function redactedValue(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value === 'string') return redact(value);
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value.map(redact) : value;
}
