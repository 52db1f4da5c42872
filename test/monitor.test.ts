import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKpiActivities } from '../activities/kpi.js';
import { createPrometheus } from '../adapters/metrics/prometheus.js';
import { ensureKpis } from '../adapters/temporal/schedules.js';
import { KpiSettings } from '../schemas/kpi.js';
import { workflowId } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import { loadConfig } from '../temporal.config.js';
import { eventually } from './eventually.js';
import { type RealPrometheus, startPrometheus } from './real/prometheus.js';
import { type StubbedServer, startStubbedServer } from './workflows/server.js';

// A real Prometheus, and Temporal's own Schedules: what a figure does there becomes signals.

const KPI = KpiSettings.parse({
  ...{ name: 'checkout-errors', means: 'Checkouts that fail', query: 'max(checkout_errors)' },
  ...{ above: 0.05, clearsAt: 0.02, samples: 2, every: '1s', repo: 'shop' },
});

const directory = mkdtempSync(join(tmpdir(), 'signalbox-monitor-'));
let server: StubbedServer;
let prometheus: RealPrometheus;
beforeAll(async () => {
  [server, prometheus] = await Promise.all([startStubbedServer(), startPrometheus()]);
}, 400_000);
afterAll(async () => {
  await prometheus?.close();
  await server?.close();
  rmSync(directory, { recursive: true });
});

describe('the numbers that a query gives', () => {
  const value = (query: string, url = prometheus.url) => createPrometheus({ url }).value(query);

  it('are one, or none, and never one of several', async () => {
    prometheus.set('answers{kind="a"}', 41);
    prometheus.set('answers{kind="b"}', 1);
    await eventually(async () => (await value('count(answers)')) === 2);
    expect(await value('sum(answers)')).toBe(42);
    expect(await value('scalar(sum(answers)) * 2')).toBe(84);
    expect(await value('no_such_metric')).toBeUndefined();
    expect(await value('0 * sum(answers) / (0 * sum(answers))')).toBeUndefined();
    await expect(value('answers')).rejects.toThrow('gives 2: aggregate it');
  });

  it('are refused, each with the reason', async () => {
    await expect(value('sum(')).rejects.toMatchObject({ type: 'BadInput', message: expect.stringContaining('parse') });
    await expect(value('answers[1m]')).rejects.toMatchObject({ type: 'BadInput' });
    const nobody = value('answers', 'http://127.0.0.1:9');
    await expect(nobody).rejects.toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
  });
});

describe('a figure that is watched', () => {
  const last = (signals: readonly Signal[]) => signals.at(-1);

  it('is told when it is breached, once; when it is well again; and when nobody can see it', async () => {
    const signals: Signal[] = [];
    const runs = {
      end: async () => undefined,
      signalWithStart: async ({ signal }: { signal: { input: unknown } }) =>
        void signals.push(...[signal.input as Signal | readonly Signal[]].flat()),
    };
    const metrics = createPrometheus({ url: prometheus.url });
    prometheus.set('checkout_errors', 0.01);
    await server.working(createKpiActivities({ metrics, runs, dedupeMs: 1_000 }), async () => {
      await ensureKpis(server.client, [KPI]);
      const { schedule } = server.client;
      const rounds = async () => (await schedule.getHandle(workflowId.kpi(KPI.name)).describe()).info.numActionsTaken;
      await eventually(async () => (await rounds()) > 3);
      expect(signals).toEqual([]);

      prometheus.set('checkout_errors', 0.2);
      await eventually(() => signals.length === 1);
      expect(last(signals)).toMatchObject({
        ...{ source: 'kpi', type: 'alert.fired', subject: 'kpi-checkout-errors' },
        data: {
          repo: 'shop',
          alert: { status: 'firing', summary: 'Checkouts that fail: 0.2, and a breach is over 0.05' },
        },
      });

      prometheus.set('checkout_errors', 0.04);
      const before = await rounds();
      await eventually(async () => (await rounds()) > before + 3);
      expect(signals).toHaveLength(1);

      prometheus.set('checkout_errors', 0.02);
      await eventually(() => signals.length === 2);
      expect(last(signals)).toMatchObject({ type: 'alert.resolved', subject: 'kpi-checkout-errors' });

      prometheus.set('checkout_errors', undefined);
      await eventually(() => signals.length === 3);
      expect(last(signals)).toMatchObject({
        ...{ type: 'alert.fired', subject: 'kpi-checkout-errors-blind' },
        data: { alert: { summary: "Checkouts that fail: it can't be measured any more" } },
      });
      expect(new Set(signals.map(({ bodyhash }) => bodyhash)).size).toBe(3);

      const config = join(directory, 'signalbox.config.yaml');
      writeFileSync(config, JSON.stringify({ metrics: { prometheus: prometheus.url }, kpis: [KPI] }));
      const env = { ...process.env, TEMPORAL_ADDRESS: server.address, SIGNALBOX_CONFIG: config };
      const program = join(loadConfig().installDir, 'dist/cli/main.js');
      const { stdout } = await promisify(execFile)(process.execPath, [program, 'kpi', '--json'], { env });
      expect(JSON.parse(stdout)).toMatchObject([{ name: KPI.name, paused: false, state: { level: 'blind' } }]);

      await ensureKpis(server.client, [{ ...KPI, name: 'other' }]);
      const ids: string[] = [];
      for await (const { scheduleId } of schedule.list()) ids.push(scheduleId);
      expect(ids.filter((id) => id.startsWith('kpi/'))).toEqual(['kpi/other']);
      await ensureKpis(server.client, []);
    });
  }, 400_000);
});
