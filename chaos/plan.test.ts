import { describe, expect, it } from '@jest/globals';
import { KILLS, type PlanChaos, planChaos } from './plan.js';

const ASKED: PlanChaos = { seed: 7, missions: 20, kills: 20, workers: 2, only: [] };
const isKill = ({ fault }: { readonly fault: string }) => (KILLS as readonly string[]).includes(fault);

describe('the plan of faults', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(planChaos(ASKED)).toEqual(planChaos(ASKED));
    expect(planChaos({ ...ASKED, seed: 8 })).not.toEqual(planChaos(ASKED));
  });

  it('is this one for seed 7: a change of it breaks what "the same seed" means', () => {
    const { faults } = planChaos({ ...ASKED, kills: 2 });
    expect(faults.map(({ fault, at }) => `${fault} ${at}`)).toEqual([
      'server 0.0351',
      'tracker-drop 0.1344',
      'worker 0.492',
      'model-drop 0.7057',
    ]);
  });

  it('has as many kills as were asked for, of every kind, and as many spoiled answers, in the order of the run', () => {
    const { faults } = planChaos(ASKED);
    expect(faults.filter(isKill)).toHaveLength(20);
    expect(faults).toHaveLength(40);
    expect(new Set(faults.filter(isKill).map(({ fault }) => fault)).size).toBe(3);
    expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).toSorted((one, other) => one - other));
    expect(faults.every(({ at }) => at > 0 && at < 1)).toBe(true);
  });

  it('kills each of the workers', () => {
    const targets = planChaos({ ...ASKED, workers: 3 }).faults.flatMap((planned) =>
      planned.fault === 'worker' && 'target' in planned ? [planned.target] : [],
    );
    expect(new Set(targets)).toEqual(new Set([0, 1, 2]));
  });

  it('does only what it is told', () => {
    const { faults } = planChaos({ ...ASKED, only: ['gateway', 'model-cut'] });
    expect(new Set(faults.map(({ fault }) => fault))).toEqual(new Set(['gateway', 'model-cut']));
    expect(planChaos({ ...ASKED, only: ['tracker-drop'] }).faults.filter(isKill)).toEqual([]);
  });

  it('lets about a third of the webhooks come several times', () => {
    const { deliveries } = planChaos({ ...ASKED, missions: 1_000 });
    const several = deliveries.filter(({ copies }) => copies > 0);
    expect(several.length).toBeGreaterThan(250);
    expect(several.length).toBeLessThan(350);
    expect(Math.max(...several.map(({ copies }) => copies))).toBe(5);
  });
});
