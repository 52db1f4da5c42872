import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Probe } from './machine.js';
import { type Bench, createBench } from './testing.js';

describe('self-test of the sandbox', () => {
  let bench: Bench;
  let probes: readonly Probe[];

  beforeAll(async () => {
    bench = createBench();
    probes = await bench.host.selfTest();
  });
  afterAll(() => bench.remove());

  it('finds every probe green on this machine', () => {
    for (const probe of probes) console.log(probe.ok, probe.probe, '|', probe.detail);
    expect(probes.filter(({ ok }) => !ok)).toEqual([]);
  });
});
