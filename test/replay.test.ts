import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import * as workflows from '../workflows/index.js';
import { KEPT, SITUATIONS, sealsOf, sumOf } from './kept-histories.js';
import { DIRECTORY, histories, readHistory, replayed, typeOf, workflowBundle } from './replaying.js';
import { silence } from './workflows/server.js';

// Shipped code must resume every history ever written: see scripts/record-histories.ts for how one is added.

const rows = Object.entries(KEPT).flatMap(([type, row]) =>
  SITUATIONS.flatMap((situation) => {
    const cell = row[situation];
    const names = typeof cell === 'string' ? [] : cell;
    return names.map((name) => ({ type, situation, file: `${type}-${name}.json` }));
  }),
);

/** Every text in it, those of payloads as they were before base64. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'data' && typeof inner === 'string' ? [Buffer.from(inner, 'base64').toString()] : textsOf(inner),
  );
}

describe('the kept histories', () => {
  silence();
  let differences: ReadonlyMap<string, Error | undefined>;
  beforeAll(async () => {
    differences = await replayed(workflowBundle, histories);
  }, 300_000);

  it('are at least 40, of every type of workflow', () => {
    expect(histories.length).toBeGreaterThanOrEqual(40);
    // A new type of workflow is a new row of test/kept-histories.ts, with histories.
    expect(Object.keys(KEPT).sort()).toEqual(Object.keys(workflows).sort());
  });

  it.each(Object.keys(KEPT))('show each way that %s can take, or the table says why there is none', (type) => {
    const row = KEPT[type];
    expect(row && SITUATIONS.filter((situation) => row[situation].length === 0)).toEqual([]);
    expect(Object.values(row ?? {}).some((cell) => typeof cell !== 'string')).toBe(true);
    const wanted = rows.filter((cell) => cell.type === type).map(({ file }) => file);
    expect([...new Set(wanted)].sort()).toEqual(histories.filter((file) => file.startsWith(`${type}-`)));
    for (const file of wanted) expect(typeOf(file)).toBe(type);
  });

  it('that continue as new do so, or go on from a run that did', () => {
    const chained = ({ events }: ReturnType<typeof readHistory>) =>
      events.at(-1)?.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW' ||
      events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    for (const { file } of rows.filter(({ situation }) => situation === 'continued')) {
      expect({ file, chained: Boolean(chained(readHistory(file))) }).toEqual({ file, chained: true });
    }
  });

  it('are those that were recorded, byte for byte, and all of them', () => {
    const sealed = sealsOf(DIRECTORY);
    // `npm run record-histories` seals what is new. What is sealed stays for good.
    expect([...sealed.keys()].sort()).toEqual(
      readdirSync(DIRECTORY)
        .filter((file) => file.endsWith('.json'))
        .sort(),
    );
    for (const [file, sum] of sealed) expect({ file, sum: sumOf(DIRECTORY, file) }).toEqual({ file, sum });
  });

  it('name no path of the machine that recorded them', () => {
    const paths = /\/(?:root|home|work|tmp)\//;
    for (const file of histories) {
      const named = textsOf(readHistory(file)).filter((text) => paths.test(text));
      expect({ file, named }).toEqual({ file, named: [] });
    }
  });

  it.each(histories)('%s is resumed by the present code', (file) => {
    expect(differences.has(file)).toBe(true);
    const difference = differences.get(file);
    if (difference) throw difference;
  });

  it('a history that took another way is found out', async () => {
    const history = readHistory('mission-shipped.json');
    for (const event of history.events) {
      const type = event.activityTaskScheduledEventAttributes?.activityType;
      if (type?.name === 'planMission') type.name = 'guessMission';
    }
    await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toMatchObject({
      name: 'DeterminismViolationError',
    });
  });
});
