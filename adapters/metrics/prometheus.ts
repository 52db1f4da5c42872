import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { Metrics } from '../../activities/ports-metrics.js';
import { PERMANENT_FAILURES, TRANSIENT_FAILURES } from '../../schemas/failures.js';
import { timeLimit, untilAborted } from '../../schemas/time-limit.js';

// Prometheus' HTTP API (prometheus.io/docs/prometheus/latest/querying/api), which Thanos, Mimir and VictoriaMetrics
// speak too.

const QUERY_MS = 10_000;

const Sample = z.tuple([z.number(), z.string()]);
const Answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: Sample })) }),
      z.object({ resultType: z.literal('scalar'), result: Sample }),
      z.object({ resultType: z.literal('matrix'), result: z.unknown() }),
      z.object({ resultType: z.literal('string'), result: z.unknown() }),
    ]),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

export interface PrometheusOptions {
  /** With its path prefix, where it has one. */
  readonly url: string;
  /** Shown as a bearer token. */
  readonly token?: string | undefined;
}

export function createPrometheus({ url, token }: PrometheusOptions): Metrics {
  return {
    async value(query, signal) {
      const what = `the metrics at ${new URL(url).host}`;
      const response = await ask({ url, token }, query, signal).catch((error: unknown) => {
        throw transient(`${what} do not answer: ${error instanceof Error ? error.message : String(error)}`);
      });
      const text = await response.text();
      if (response.status === 401 || response.status === 403) {
        throw permanent('Unauthorized', `${what} refuse the token (${response.status}): check PROMETHEUS_TOKEN`);
      }
      const answer = Answer.safeParse(asJson(text));
      if (!answer.success) throw transient(`${what} answered ${response.status} and no result`);
      if (answer.data.status === 'error') throw refusal(what, answer.data);
      const { data } = answer.data;
      if (data.resultType === 'scalar') return numberOf(data.result);
      if (data.resultType !== 'vector') throw permanent('BadInput', `a number was expected, and "${query}" gives none`);
      const [first, ...more] = data.result;
      if (more.length === 0) return first && numberOf(first.value);
      throw permanent('BadInput', `one number was expected, and "${query}" gives ${more.length + 1}: aggregate it`);
    },
  };
}

function ask({ url, token }: PrometheusOptions, query: string, signal?: AbortSignal): Promise<Response> {
  const limit = timeLimit(QUERY_MS, signal);
  const answer = fetch(`${url.replace(/\/$/, '')}/api/v1/query`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: new URLSearchParams({ query, timeout: `${QUERY_MS}ms` }),
    // A token must not follow anybody elsewhere.
    redirect: 'error',
    signal: limit,
  });
  return untilAborted(limit, answer);
}

/** A query over nothing divides by nothing: that is no value. */
function numberOf([, text]: z.infer<typeof Sample>): number | undefined {
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function refusal(what: string, { errorType, error }: { errorType: string; error: string }): ApplicationFailure {
  return errorType === 'bad_data' ? permanent('BadInput', `${what}: ${error}`) : transient(`${what}: ${error}`);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function permanent(type: keyof typeof PERMANENT_FAILURES, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

function transient(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}
