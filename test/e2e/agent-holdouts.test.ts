import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { destinationScript } from './agent-scripts/destination.js';

const MINUTES = 60_000;
/** Of four runs; all satisfied reach 0.51. */
const SATISFACTION = '\nreview:\n  lenses: [correctness]\nsatisfaction:\n  runs: 2\n  atLeast: 0.5\n';
const SCENARIOS = `scenarios:
  - { name: great-letters-of-customs, command: node --import tsx ../.signalbox-holdout/to.mjs CH, in: service, files: kept }
  - { name: small-letters-of-customs, command: node --import tsx ../.signalbox-holdout/to.mjs ch, in: service, files: kept }
`;
const KEPT = `// What customs officers type in.
import assert from 'node:assert/strict';
const { Shipments } = await import(process.cwd() + '/src/shipments.ts');
const shipments = new Shipments();
shipments.add({ id: 'unseen-parcel', destination: 'CH', grams: 1 });
shipments.add({ id: 'other', destination: 'FR', grams: 1 });
assert.deepEqual(shipments.list(process.argv[2]).map(({ id }) => id), ['unseen-parcel']);
`;

describe('a mission in a repository with hold-outs', () => {
  let kept: string;
  let stack: AgentStack;

  beforeAll(async () => {
    kept = await mkdtemp(join(tmpdir(), 'signalbox-kept-'));
    mkdirSync(join(kept, 'kept'));
    writeFileSync(join(kept, 'holdouts.yaml'), SCENARIOS);
    writeFileSync(join(kept, 'kept/to.mjs'), KEPT);
    stack = await startAgentStack({ holdouts: kept, blueprint: (yaml) => `${yaml}${SATISFACTION}` });
    await stack.startWorker('one');
  }, 2 * MINUTES);

  afterAll(async () => {
    await stack?.remove();
    await rm(kept, { recursive: true, force: true });
  }, MINUTES);

  it(
    'is stopped when its change satisfies the gates and not the hold-outs, and names numbers only',
    async () => {
      const main = stack.repo.git('rev-parse', 'main');
      stack.models.script(destinationScript({ exact: true }));
      const item = await stack.label('parcels-destination', 'PAR-203');
      const outcome = await stack.outcome(item);
      expect(outcome.result).toBe('failed');
      expect(outcome.because).toContain('the hold-out scenarios are not satisfied: 2 of 4');
      expect((await stack.status(item)).tasks.every(({ state }) => state === 'passed')).toBe(true);
      expect(stack.repo.git('rev-parse', 'main')).toBe(main);
      expect(stack.comments(item).at(-1)).toContain('2 of 4');
    },
    3 * MINUTES,
  );

  it(
    'is merged when its change satisfies them too',
    async () => {
      stack.models.script(destinationScript());
      const item = await stack.label('parcels-destination', 'PAR-202');
      expect(await stack.outcome(item)).toMatchObject({ result: 'shipped' });
    },
    3 * MINUTES,
  );

  it('shows nobody who works on it, and nobody who reads of it, what the hold-outs are', () => {
    const told = {
      prompts: stack.prompts(),
      comments: [...stack.comments('PAR-202'), ...stack.comments('PAR-203')].join('\n'),
      commits: stack.repo.git('log', '--all', '--patch'),
    };
    for (const [where, text] of Object.entries(told)) {
      const holds = /letters-of-customs|customs officers type|unseen-parcel|signalbox-holdout/.test(text);
      expect({ where, holds }).toEqual({ where, holds: false });
    }
  });
});
