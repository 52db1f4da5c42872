import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import protobuf from 'protobufjs';

// Receives what exporters send over OTLP/HTTP, as a collector does. The parts of OpenTelemetry's protocol that tests
// look at; what is not named here is skipped by the decoder.

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Any { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  message KeyValue { string key = 1; Any value = 2; }
  message Scope { string name = 1; }
  message Status { string message = 2; int32 code = 3; }
  message Event { string name = 2; repeated KeyValue attributes = 3; }
  message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5;
    repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
  message Traces { repeated ResourceSpans resource_spans = 1; }
  message NumberPoint { double as_double = 4; sfixed64 as_int = 6; repeated KeyValue attributes = 7; }
  message HistogramPoint { fixed64 count = 4; double sum = 5; repeated KeyValue attributes = 9; }
  message Sum { repeated NumberPoint data_points = 1; }
  message Histogram { repeated HistogramPoint data_points = 1; }
  message Metric { string name = 1; string unit = 3; Sum sum = 7; Histogram histogram = 9; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message ResourceMetrics { repeated ScopeMetrics scope_metrics = 2; }
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
`);

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedSpan {
  readonly name: string;
  readonly scope: string;
  /** Hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Attributes;
}

export interface ReceivedPoint {
  readonly metric: string;
  /** A histogram's sum. */
  readonly value: number;
  readonly attributes: Attributes;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly points: readonly ReceivedPoint[];
  /** Everything that came, as it came: for what must not be in there. */
  raw(): string;
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: Buffer[] = [];
  const spans: ReceivedSpan[] = [];
  const points: ReceivedPoint[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    bodies.push(body);
    if (request.url === '/v1/traces') spans.push(...spansOf(body));
    else if (request.url === '/v1/metrics') points.push(...pointsOf(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    points,
    raw: () => Buffer.concat(bodies).toString('latin1'),
    close: () => new Promise((done) => server.close(() => done())),
  };
}

function decode(type: string, body: Buffer): unknown {
  const message = root.lookupType(type);
  return message.toObject(message.decode(body), { bytes: Buffer, longs: Number, arrays: true });
}

interface Pair {
  readonly key: string;
  readonly value?: Readonly<Record<string, string | number | boolean>>;
}

function attributesOf(pairs: readonly Pair[]): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value ?? {})[0] ?? '']));
}

interface RawSpan {
  readonly name: string;
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly attributes: readonly Pair[];
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = decode('Traces', body) as {
    readonly resourceSpans: readonly {
      readonly scopeSpans: readonly {
        readonly scope?: { readonly name: string };
        readonly spans: readonly RawSpan[];
      }[];
    }[];
  };
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        name: span.name,
        scope: scope?.name ?? '',
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parentSpanId: span.parentSpanId?.toString('hex') ?? '',
        attributes: attributesOf(span.attributes),
      })),
    );
}

interface RawPoint {
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly sum?: number;
  readonly attributes: readonly Pair[];
}

interface RawMetric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly RawPoint[] };
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
}

function pointsOf(body: Buffer): ReceivedPoint[] {
  const { resourceMetrics } = decode('Metrics', body) as {
    readonly resourceMetrics: readonly {
      readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
    }[];
  };
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ name, sum, histogram }) =>
      [...(sum?.dataPoints ?? []), ...(histogram?.dataPoints ?? [])].map((point) => ({
        metric: name,
        value: point.sum ?? point.asDouble ?? point.asInt ?? 0,
        attributes: attributesOf(point.attributes),
      })),
    );
}
