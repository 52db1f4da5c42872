import { type Attributes, metrics } from '@opentelemetry/api';
import type { EndedMission, Meter, ModelCallMeasure } from '../../activities/ports-models.js';
import type { TriageMeter } from '../../activities/ports-triage.js';

// What OpenTelemetry's conventions for generative AI say of calls, and what missions cost and come to.

/** Buckets that the conventions name: powers of four tokens, powers of two of ten milliseconds. */
const TOKENS = Array.from({ length: 14 }, (_bucket, n) => 4 ** n);
/** From a second to two days. */
const WAITS = [1, 10, 60, 600, 3_600, 4 * 3_600, 12 * 3_600, 22 * 3_600, 24 * 3_600, 48 * 3_600];
const SECONDS = Array.from({ length: 14 }, (_bucket, n) => 0.01 * 2 ** n);

/** Measures nothing until telemetry has started; until then, and without an address to send to, it costs nothing. */
export function createMeter(): Meter & TriageMeter {
  let made: ReturnType<typeof instruments> | undefined;
  const ready = () => {
    made ??= instruments();
    return made;
  };
  return {
    modelCall: (measure) => recordCall(ready(), measure),
    missionEnded: ({ result, repo }: EndedMission) =>
      ready().missions.add(1, { 'signalbox.result': result, 'signalbox.repo': repo }),
    triageDecided: ({ source, waitedMs, decision }) =>
      ready().triage.record(waitedMs / 1000, { 'signalbox.source': source, 'signalbox.decision': decision }),
    triageLate: (source) => ready().late.add(1, { 'signalbox.source': source }),
  };
}

function instruments() {
  const meter = metrics.getMeter('signalbox');
  return {
    tokens: meter.createHistogram('gen_ai.client.token.usage', {
      description: 'Tokens of a call; those read from or written to the cache count as input',
      unit: '{token}',
      advice: { explicitBucketBoundaries: TOKENS },
    }),
    duration: meter.createHistogram('gen_ai.client.operation.duration', {
      description: 'How long a call took',
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    }),
    cost: meter.createCounter('signalbox.cost.usd', {
      description: 'Cost of calls whose price is known',
      unit: '{USD}',
    }),
    unpriced: meter.createCounter('signalbox.cost.unknown', {
      description: 'Calls whose price is unknown: their cost is not in signalbox.cost.usd',
      unit: '{call}',
    }),
    triage: meter.createHistogram('signalbox.triage.time', {
      description: 'From the first signal about an item until it was decided whose work it is',
      unit: 's',
      advice: { explicitBucketBoundaries: WAITS },
    }),
    late: meter.createCounter('signalbox.triage.late', {
      description: 'Items about which nobody had decided after 24 hours',
      unit: '{item}',
    }),
    missions: meter.createCounter('signalbox.missions', { description: 'Missions that ended', unit: '{mission}' }),
  };
}

function recordCall({ tokens, duration, cost, unpriced }: ReturnType<typeof instruments>, call: ModelCallMeasure) {
  const { provider, model, role, repo, usage, usd, durationMs, error } = call;
  const attributes: Attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'signalbox.role': role,
    'signalbox.repo': repo,
  };
  duration.record(durationMs / 1000, { ...attributes, ...(error !== undefined && { 'error.type': error }) });
  if (!usage) return;
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  tokens.record(input, { ...attributes, 'gen_ai.token.type': 'input' });
  tokens.record(usage.output, { ...attributes, 'gen_ai.token.type': 'output' });
  if (usd === null || usd === undefined) unpriced.add(1, attributes);
  else cost.add(usd, attributes);
}
