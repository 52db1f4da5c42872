import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Outcome, runMatrix } from './people/p12.js';
import { type Rig, startRig } from './people/p12-rig.js';
import { CELLS, CONDITIONS } from './people/p12-rules.js';
import { type StubbedServer, startStubbedServer } from './workflows/server.js';

// Promise P12: only the right person approves, and only what they saw.

describe('whoever says yes, by whatever way', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-p12-'));
  let server: StubbedServer;
  let rig: Rig;
  let outcomes: readonly Outcome[] = [];

  beforeAll(async () => {
    server = await startStubbedServer();
    rig = await startRig(directory, server);
    outcomes = await runMatrix(rig, server);
  }, 400_000);
  afterAll(async () => {
    await rig?.close();
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const of = (one: Outcome) => `${one.cell.actor.name} by ${one.cell.channel}, ${one.cell.condition}: ${one.told}`;

  it('is tried in every combination', () => {
    expect(outcomes).toHaveLength(CELLS.length);
    expect(new Set(outcomes.map(({ cell }) => cell.condition)).size).toBe(CONDITIONS.length);
  });

  it('approves nothing where a rule is broken', () => {
    expect(outcomes.filter((one) => one.approved && one.broken !== undefined).map(of)).toEqual([]);
  });

  it('approves where none is', () => {
    expect(outcomes.filter((one) => !one.approved && one.broken === undefined).map(of)).toEqual([]);
    // On call, admin and member, by three doors.
    expect(outcomes.filter(({ approved }) => approved)).toHaveLength(9);
  });

  it('is told why, whenever it counts for nothing', () => {
    expect(outcomes.filter((one) => !one.approved && one.told === '').map(of)).toEqual([]);
  });
});
