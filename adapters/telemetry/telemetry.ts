import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, NoopSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';

export interface Telemetry {
  /** For Temporal's clients and workers: one trace from the webhook through workflows to activities. */
  readonly plugin: OpenTelemetryPlugin;
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  readonly service: string;
  /** Where spans go; without one they only give the logs their trace ids. */
  readonly endpoint: string | undefined;
}

export function startTelemetry({ service, endpoint }: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ 'service.name': service });
  const spanProcessor =
    endpoint === undefined
      ? new NoopSpanProcessor()
      : new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }));
  const sdk = new NodeSDK({ resource, spanProcessors: [spanProcessor], autoDetectResources: false });
  sdk.start();
  return { plugin: new OpenTelemetryPlugin({ resource, spanProcessor }), shutdown: () => sdk.shutdown() };
}
