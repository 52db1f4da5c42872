import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Anthropic } from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMeter } from '../adapters/telemetry/metrics.js';
import { hideInTraces } from '../adapters/telemetry/redaction.js';
import { startTelemetry } from '../adapters/telemetry/telemetry.js';
import { createDispatcher } from '../gateway/dispatch.js';
import { workflowId } from '../schemas/names.js';
import { type OtlpReceiver, startOtlpReceiver } from './fakes/otlp.js';
import { startStubbedServer } from './workflows/server.js';
import { workItem } from './workflows/stubs.js';

// One trace from the signal to the call of a model, and the figures, as a collector receives them. Real are Temporal,
// the workflows, the Anthropic SDK and its HTTP; only the model's server is a few lines here.

const ASKED = 'why does the parcel to Orkney cost nothing';
const ANSWERED = 'the zone table has no such row';
const SECRET = 'Project Falcon';

describe('telemetry', () => {
  let receiver: OtlpReceiver;
  let model: Server;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    model = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-test', stop_reason: 'end_turn' },
          content: [{ type: 'text', text: ANSWERED }],
          usage: { input_tokens: 12, output_tokens: 7 },
        }),
      );
    });
    await new Promise<void>((done) => model.listen(0, '127.0.0.1', done));

    const telemetry = startTelemetry({ service: 'test', endpoint: receiver.url });
    const temporal = await startStubbedServer([telemetry.plugin]);
    const meter = createMeter();
    const call = { provider: 'anthropic', model: 'claude-test', role: 'coder', repo: 'parcels' };
    await temporal.working(
      {
        assess: async ({ subject }) => {
          await ask(ASKED);
          const usage = { input: 12, output: 7, cacheRead: 100, cacheWrite: 0 };
          meter.modelCall({ ...call, durationMs: 250, usage, usd: 0.5 });
          meter.modelCall({ ...call, model: 'house-model', durationMs: 250, usage, usd: null });
          meter.modelCall({ ...call, durationMs: 90, error: 'rate-limited' });
          return { status: 'ready', item: workItem(subject) };
        },
      },
      async () => {
        await createDispatcher({ client: temporal.client, dedupeMs: 1_000 }).signal({
          ...{ specversion: '1.0', id: 'd', source: 'linear', type: 'ticket.labelled', subject: 'T-1' },
          ...{
            time: new Date().toISOString(),
            datacontenttype: 'application/json',
            bodyhash: '0'.repeat(64),
            data: {},
          },
        });
        await temporal.client.workflow.getHandle(workflowId.triage('linear/T-1')).result();
      },
    );
    meter.missionEnded({ result: 'shipped', repo: 'parcels' });
    hideInTraces([SECRET]);
    await ask(`${ASKED}, asks ${SECRET.toUpperCase()}`, 'content');
    await temporal.close();
    await telemetry.shutdown();
  });

  afterAll(async () => {
    await receiver?.close();
    model?.close();
  });

  async function ask(content: string, contentMode: 'metadata_only' | 'content' = 'metadata_only'): Promise<void> {
    const baseURL = `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
    const mode = contentMode === 'content' ? { openTelemetry: { traces: { contentMode } } } : {};
    const client = new Anthropic({ apiKey: 'key', baseURL, maxRetries: 0, ...mode });
    await client.messages.create({ model: 'claude-test', max_tokens: 100, messages: [{ role: 'user', content }] });
  }

  const named = (name: string) => receiver.spans.filter((span) => span.name === name);
  const modelCalls = () => receiver.spans.filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'chat');
  const points = (metric: string) => receiver.points.filter((point) => point.metric === metric);

  it('is one trace from the signal through the workflows to the activities', () => {
    const [signal] = receiver.spans.filter(({ name }) => name.startsWith('SignalWithStartWorkflow'));
    expect(signal?.parentSpanId).toBe('');
    for (const name of ['RunWorkflow:triage', 'RunActivity:assess', 'RunWorkflow:mission', 'RunWorkflow:task']) {
      expect(named(name).length).toBeGreaterThan(0);
      for (const span of named(name)) expect(span.traceId).toBe(signal?.traceId);
    }
  });

  it("takes the SDK's own span of a model call in, once, below the activity that made it", () => {
    const calls = modelCalls().filter(({ parentSpanId }) => parentSpanId !== '');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.parentSpanId).toBe(named('RunActivity:assess')[0]?.spanId);
    expect(calls[0]?.attributes).toMatchObject({
      'gen_ai.request.model': 'claude-test',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 7,
    });
  });

  it('shows neither what was asked nor what was answered, unless somebody switched that on', () => {
    const said = receiver.spans.filter((span) => JSON.stringify(span).includes('Orkney'));
    expect(said).toHaveLength(1);
    expect(said[0]?.parentSpanId).toBe('');
    expect(JSON.stringify(receiver.spans.filter((span) => span !== said[0]))).not.toContain('zone table');
  });

  it('never shows the words that a blueprint hides, whatever their case', () => {
    // Compared here: a failing test would print bytes that a terminal obeys.
    const shows = (text: string) => receiver.raw().toLowerCase().includes(text.toLowerCase());
    expect({ mask: shows('[redacted]'), secret: shows(SECRET) }).toEqual({ mask: true, secret: false });
  });

  it('measures tokens, durations and cost by model, role and repo', () => {
    const tokens = (type: string) =>
      points('gen_ai.client.token.usage').find(
        ({ attributes }) =>
          attributes['gen_ai.token.type'] === type && attributes['gen_ai.request.model'] === 'claude-test',
      );
    expect(tokens('input')?.value).toBe(112);
    expect(tokens('output')?.value).toBe(7);
    expect(tokens('output')?.attributes).toMatchObject({
      'gen_ai.provider.name': 'anthropic',
      'signalbox.role': 'coder',
      'signalbox.repo': 'parcels',
    });
    const failed = points('gen_ai.client.operation.duration').find(({ attributes }) => attributes['error.type']);
    expect(failed).toMatchObject({ value: 0.09, attributes: { 'error.type': 'rate-limited' } });
    expect(points('signalbox.missions')).toMatchObject([{ value: 1, attributes: { 'signalbox.result': 'shipped' } }]);
  });

  it('counts a call of unknown price as that, and never as free', () => {
    expect(points('signalbox.cost.usd')).toMatchObject([
      { value: 0.5, attributes: { 'gen_ai.request.model': 'claude-test' } },
    ]);
    expect(points('signalbox.cost.unknown')).toMatchObject([
      { value: 1, attributes: { 'gen_ai.request.model': 'house-model' } },
    ]);
  });
});
