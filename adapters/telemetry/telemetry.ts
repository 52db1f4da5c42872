import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, NoopSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import { redacting } from './redaction.js';

export interface Telemetry {
  /** For Temporal's clients and workers: one trace from the webhook through workflows to activities. */
  readonly plugin: OpenTelemetryPlugin;
  /** Sends what is left. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  readonly service: string;
  /** Where spans and metrics go; without one spans only give the logs their trace ids. */
  readonly endpoint: string | undefined;
}

/**
 * Registers itself as the provider of the whole process, so that libraries which make spans of their own join: the
 * Anthropic SDK traces each call, below the span of the activity that makes it. Call it once per process.
 */
export function startTelemetry({ service, endpoint }: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ 'service.name': service });
  const address = (signal: string) => `${endpoint?.replace(/\/$/, '')}/v1/${signal}`;
  const spanProcessor =
    endpoint === undefined
      ? new NoopSpanProcessor()
      : new BatchSpanProcessor(redacting(new OTLPTraceExporter({ url: address('traces') })));
  const metricReaders =
    endpoint === undefined
      ? []
      : [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: address('metrics') }) })];
  const sdk = new NodeSDK({ resource, spanProcessors: [spanProcessor], metricReaders, autoDetectResources: false });
  sdk.start();
  return { plugin: new OpenTelemetryPlugin({ resource, spanProcessor }), shutdown: () => sdk.shutdown() };
}
