import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Route } from '../schemas/agent.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ModelCard } from '../schemas/model.js';
import { type RouteRequest, routeFor } from './route.js';

const PRICE = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 };

function card(name: string, tier: ModelCard['tier'], more: Partial<ModelCard> = {}): ModelCard {
  const [provider = '', id = ''] = name.split('/');
  const sizes = { contextTokens: 200_000, maxOutputTokens: 64_000 };
  return { name, provider, id, tier, ...sizes, thinking: true, images: false, price: PRICE, ...more };
}

let told = 0;
/** Attempts at bugs, the first of which passed. */
function attempts(model: string, n: number, passed: number, usd: number | null, more: Partial<LedgerEntry> = {}) {
  return Array.from({ length: n }, (_, index): LedgerEntry => {
    const at = new Date(1_700_000_000_000 + told++ * 1000).toISOString();
    const cost = { usd, usage: { input: 1000, output: 1000, cacheRead: 10_000, cacheWrite: 1000 } };
    const what = { repo: 'parcels', item: 'PAR-1', node: 'fix', role: 'coder', kind: 'bug' } as const;
    const result = index < passed ? 'passed' : 'failed';
    return { key: `${1_000_000 - told}`, at, ...what, model, result, cost, turns: 3, durationMs: 1, ...more };
  });
}

const A = card('acme/small', 'small');
const B = card('bolt/small', 'small', { price: { ...PRICE, output: 6 } });
const STRONG = card('acme/strong', 'strong', { price: { ...PRICE, output: 25 } });
const cards = [A, B, STRONG];

function route(request: Partial<RouteRequest> = {}): Route {
  return routeFor({ role: 'coder', kind: 'bug', cards, ladder: ['small', 'strong'], history: [], ...request });
}
const modelsOf = ({ rungs }: Route) => rungs.map(({ models }) => models);
const whyNot = ({ dropped }: Route, model: string) => dropped.find((one) => one.model === model)?.because;

describe('the ladder', () => {
  it('is what the role says, with every provider of a tier on its rung, in the order of the cards', () => {
    const { rungs, dropped } = route();
    expect(rungs.map(({ tier, models }) => [tier, models])).toEqual([
      ['small', ['acme/small', 'bolt/small']],
      ['strong', ['acme/strong']],
    ]);
    expect(dropped).toEqual([]);
  });

  it('leaves out models of other tiers, and says so', () => {
    const reviewers = route({ role: 'reviewer', ladder: ['strong'] });
    expect(modelsOf(reviewers)).toEqual([['acme/strong']]);
    expect(whyNot(reviewers, 'acme/small')).toBe('not on the ladder of the reviewer: strong');
  });

  it('takes what there is when no model of its tiers is configured, and says so', () => {
    const { rungs } = route({ ladder: ['strong'], cards: [A] });
    expect(rungs).toMatchObject([{ models: ['acme/small'], because: expect.stringContaining('no strong model is') }]);
  });

  it('is what the blueprint says instead: names and tiers', () => {
    expect(modelsOf(route({ models: ['bolt/small', 'strong'] }))).toEqual([['bolt/small'], ['acme/strong']]);
    expect(modelsOf(route({ models: ['bolt/small', 'small', 'acme/strong'] }))).toEqual([
      ['bolt/small', 'acme/small'],
      ['acme/strong'],
    ]);
  });

  it('leaves out names that nobody has, with the reason; without any other there is no rung', () => {
    const mixed = route({ models: ['acme/gone', 'strong'] });
    expect(modelsOf(mixed)).toEqual([['acme/strong']]);
    expect(whyNot(mixed, 'acme/gone')).toBe('this installation has no model of that name');
    expect([route({ models: ['acme/gone'] }).rungs, route({ cards: [] }).rungs]).toEqual([[], []]);
  });

  it('has rungs whose price and sizes hold for whichever of their models answers', () => {
    const narrow = { contextTokens: 32_000, maxOutputTokens: 8_000, price: { ...PRICE, input: 0.5, output: 9 } };
    const [rung] = route({ cards: [A, card('bolt/narrow', 'small', narrow)] }).rungs;
    expect(rung).toMatchObject({ contextTokens: 32_000, maxOutputTokens: 8_000, price: { ...PRICE, output: 9 } });
    const [unknown] = route({ cards: [A, card('bolt/local', 'small', { price: null })] }).rungs;
    expect(unknown?.price).toBeNull();
  });
});

describe('measured outcomes', () => {
  it('put first what passes for the least money', () => {
    const history = [...attempts('acme/small', 20, 5, 0.02), ...attempts('bolt/small', 20, 18, 0.03)];
    const [rung] = route({ history }).rungs;
    expect(rung?.models).toEqual(['bolt/small', 'acme/small']);
    expect(rung?.because).toContain('bolt/small (18 of 20 passed at $0.0300 each)');
  });

  it('count for the same role at the same kind of work only', () => {
    const elsewhere = attempts('acme/small', 20, 0, 0.5, { kind: 'docs' });
    const other = attempts('acme/small', 20, 0, 0.5, { role: 'tester' });
    expect(modelsOf(route({ history: [...elsewhere, ...other] }))).toEqual(modelsOf(route()));
    expect(modelsOf(route({ history: elsewhere, kind: 'docs' }))[0]).toEqual(['bolt/small', 'acme/small']);
  });

  it('say nothing below five attempts', () => {
    const history = [...attempts('acme/small', 4, 0, 0.5), ...attempts('bolt/small', 4, 4, 0.01)];
    expect(modelsOf(route({ history }))).toEqual(modelsOf(route()));
  });

  it('let a model that nothing is known of go before one that fails, and after one that does well', () => {
    expect(modelsOf(route({ history: attempts('acme/small', 12, 3, 0.02) }))[0]?.[0]).toBe('bolt/small');
    expect(modelsOf(route({ history: attempts('acme/small', 12, 11, 0.005) }))[0]?.[0]).toBe('acme/small');
  });

  it('presume of a model that nothing is known of that it is like those beside it, and no better', () => {
    expect(modelsOf(route({ history: attempts('acme/small', 12, 10, 0.0085) }))[0]?.[0]).toBe('acme/small');
  });

  it('move work away from a model within fifty tasks once it does badly', () => {
    const history = [...attempts('acme/small', 10, 9, 0.02), ...attempts('bolt/small', 10, 9, 0.03)];
    const firsts: (string | undefined)[] = [];
    for (let n = 0; n < 50; n++) {
      const first = modelsOf(route({ history }))[0]?.[0] ?? '';
      firsts.push(first);
      history.push(...attempts(first, 1, first === 'bolt/small' ? 1 : 0, first === 'bolt/small' ? 0.03 : 0.02));
    }
    expect(firsts[0]).toBe('acme/small');
    expect(firsts.filter((first) => first === 'acme/small').length).toBeLessThan(15);
    expect(new Set(firsts.slice(-30))).toEqual(new Set(['bolt/small']));
  });
});

describe('a dominated model', () => {
  const worse = [...attempts('acme/small', 20, 15, 0.02), ...attempts('acme/other', 20, 10, 0.05)];
  const other = card('acme/other', 'small');

  it('is dropped, naming what dominates it', () => {
    const result = route({ cards: [A, other, STRONG], history: worse });
    expect(modelsOf(result)).toEqual([['acme/small'], ['acme/strong']]);
    expect(whyNot(result, 'acme/other')).toBe(
      'dominated at bug by acme/small (15 of 20 passed at $0.0200 each); its own: 10 of 20 passed at $0.0500 each',
    );
  });

  it('stays the last of its rung when it alone is of another provider, for the time when the others are down', () => {
    const history = [...attempts('acme/small', 20, 15, 0.02), ...attempts('bolt/small', 20, 10, 0.05)];
    const { rungs, dropped } = route({ history });
    expect(rungs[0]?.models).toEqual(['acme/small', 'bolt/small']);
    expect(rungs[0]?.because).toContain('bolt/small only while acme does not answer: dominated at bug by acme/small');
    expect(dropped).toEqual([]);
  });

  it('is also one that a model of a rung above dominates, which gets harder work', () => {
    const history = [...attempts('acme/small', 20, 8, 0.2), ...attempts('acme/strong', 20, 12, 0.1)];
    expect(modelsOf(route({ cards: [A, STRONG], history }))).toEqual([['acme/strong']]);
  });

  it('is not one that the rung below seems to dominate: it gets only what that rung failed at', () => {
    const history = [...attempts('acme/small', 20, 15, 0.02), ...attempts('acme/strong', 20, 10, 0.4)];
    expect(modelsOf(route({ cards: [A, STRONG], history }))).toEqual([['acme/small'], ['acme/strong']]);
  });

  it('is none by its price alone, nor where a cost is unknown, nor by a tie', () => {
    const dear = card('acme/dear', 'small', { price: { input: 9, output: 90, cacheRead: 9, cacheWrite: 9 } });
    expect(route({ cards: [A, dear] }).dropped).toEqual([]);
    const unknown = [...attempts('acme/small', 9, 9, null), ...attempts('acme/dear', 9, 5, null)];
    expect(route({ cards: [A, dear], history: unknown }).dropped).toEqual([]);
    const tie = [...attempts('acme/small', 10, 5, 0.02), ...attempts('acme/dear', 20, 10, 0.02)];
    expect(route({ cards: [A, dear], history: tie }).dropped).toEqual([]);
  });

  it('gets another chance when what is known of it is old', () => {
    const since = attempts('acme/small', 200, 150, 0.02);
    expect(modelsOf(route({ cards: [A, other], history: [...worse, ...since] }))).toEqual([
      ['acme/other', 'acme/small'],
    ]);
  });
});

describe('a hopeless model', () => {
  it('is dropped where its rung has another one', () => {
    const cheap = card('acme/cheap', 'small');
    const result = route({ cards: [cheap, A], history: attempts('acme/cheap', 20, 0, 0.001) });
    expect(modelsOf(result)).toEqual([['acme/small']]);
    expect(whyNot(result, 'acme/cheap')).toBe('fails at bug: 0 of 20 passed at $0.0010 each');
  });

  it('has its rung skipped when there is a higher one, and the next rung says so', () => {
    const result = route({ cards: [A, STRONG], history: attempts('acme/small', 20, 0, 0.001) });
    expect(modelsOf(result)).toEqual([['acme/strong']]);
    expect(result.rungs[0]?.because).toContain('skips the rung below: small models pass 0 of 20 at bug');
    expect(whyNot(result, 'acme/small')).toContain('rung skipped');
  });

  it.each([
    [9, 0],
    [15, 0],
    [20, 2],
  ])('is not one that could still be worth it: %d attempts, %d passed', (n, passed) => {
    const history = attempts('acme/small', n, passed, 0.001);
    expect(modelsOf(route({ cards: [A, STRONG], history }))).toHaveLength(2);
  });

  it('does not speak for one beside it that nobody has tried, and stays when there is nothing else', () => {
    const history = attempts('acme/small', 20, 0, 0.001);
    expect(modelsOf(route({ history }))).toEqual([['bolt/small', 'acme/small'], ['acme/strong']]);
    const both = [...history, ...attempts('bolt/small', 20, 0, 0.001)];
    expect(modelsOf(route({ history: both }))).toEqual([['acme/strong']]);
    expect(modelsOf(route({ history: both, cards: [A, B] }))).toHaveLength(1);
  });
});

describe('a model to avoid', () => {
  it('comes after the others, also when it does better', () => {
    const history = [...attempts('acme/small', 20, 19, 0.01), ...attempts('bolt/small', 20, 10, 0.05)];
    expect(modelsOf(route({ history, avoid: ['acme/small'] }))[0]).toEqual(['bolt/small', 'acme/small']);
  });

  it('stays when there is no other, and the rung says so', () => {
    const { rungs } = route({ role: 'reviewer', ladder: ['strong'], avoid: ['acme/strong'] });
    expect(rungs).toMatchObject([
      { models: ['acme/strong'], because: expect.stringContaining('none besides the one to avoid') },
    ]);
    expect(route().rungs[0]?.because).not.toContain('avoid');
  });
});

describe('any route', () => {
  const NAMES = ['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2'];
  const tier = fc.constantFrom('small' as const, 'strong' as const);
  const anyCards = fc
    .uniqueArray(fc.constantFrom(...NAMES), { maxLength: 6 })
    .chain((names) => fc.tuple(...names.map((name) => tier.map((one) => card(name, one)))));
  const outcome = fc.tuple(
    fc.constantFrom(...NAMES),
    fc.integer({ min: 0, max: 25 }),
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 25 })),
    fc.constantFrom(null, 0, 0.01, 0.02, 0.5),
  );
  const history = fc
    .uniqueArray(outcome, { selector: ([name]) => name, maxLength: 6 })
    .map((all) => all.flatMap(([name, n, passed, usd]) => attempts(name, n, passed, usd)));
  const request: fc.Arbitrary<RouteRequest> = fc.record({
    role: fc.constant('coder' as const),
    kind: fc.constant('bug'),
    cards: anyCards,
    ladder: fc.constantFrom(['small', 'strong'] as const, ['strong'] as const, ['strong', 'small'] as const),
    history,
    avoid: fc.subarray(NAMES, { maxLength: 2 }),
  });
  const withModels = fc
    .tuple(request, fc.option(fc.array(fc.constantFrom(...NAMES, 'small', 'strong', 'gone'), { minLength: 1 })))
    .map(([one, models]): RouteRequest => (models ? { ...one, models } : one));
  const any = { numRuns: 400 };

  /** Straight from the definition, over the entries themselves. */
  function isDominated(name: string, by: string, entries: readonly LedgerEntry[]): boolean {
    const [own, other] = [name, by].map((model) => {
      const all = entries.filter((entry) => entry.model === model);
      const rate = all.filter(({ result }) => result === 'passed').length / all.length;
      return { n: all.length, rate, usd: all[0]?.cost.usd ?? null };
    });
    if (!own || !other || own.n < 5 || other.n < 5 || own.usd === null || other.usd === null) return false;
    const [rate, usd] = [other.rate - own.rate, own.usd - other.usd];
    return rate >= 0 && usd >= 0 && (rate > 0 || usd > 0);
  }

  it('chooses no dominated model, and keeps one at most as the only one of another provider, last of its rung', () => {
    fc.assert(
      fc.property(withModels, (asked) => {
        const { avoid = [] } = asked;
        const { rungs } = routeFor(asked);
        const provider = (name: string) => name.split('/')[0];
        for (const [index, { models }] of rungs.entries()) {
          const rivals = rungs.slice(index).flatMap((rung) => rung.models);
          for (const [place, name] of models.entries()) {
            const fair = rivals.filter((rival) => !avoid.includes(rival) || avoid.includes(name));
            if (!fair.some((rival) => isDominated(name, rival, asked.history))) continue;
            expect(place).toBe(models.length - 1);
            expect(place).toBeGreaterThan(0);
            expect(models.slice(0, -1).map(provider)).not.toContain(provider(name));
          }
        }
      }),
      any,
    );
  });

  it('has the first choice undominated by every model that it could have had, hopeless ones aside', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { rungs, dropped } = routeFor({ ...asked, avoid: [] });
        const [first] = rungs.flatMap(({ models }) => models);
        const hopeless = dropped.filter(({ because }) => /^(?:rung skipped|fails at)/.test(because));
        const left = asked.cards.filter(({ name }) => !hopeless.some(({ model }) => model === name));
        for (const { name } of left.filter((one) => (asked.ladder as readonly string[]).includes(one.tier))) {
          if (first !== undefined) expect(isDominated(first, name, asked.history)).toBe(false);
        }
      }),
      any,
    );
  });

  it('has each model once: on a rung, or dropped with a reason', () => {
    fc.assert(
      fc.property(withModels, (asked) => {
        const { rungs, dropped } = routeFor(asked);
        const kept = rungs.flatMap(({ models }) => models);
        const all = [...kept, ...dropped.map(({ model }) => model)].filter((name) => name !== 'gone');
        const unknown = (asked.models ?? []).filter((name) => NAMES.includes(name));
        const expected = new Set([...asked.cards.map(({ name }) => name), ...unknown]);
        expect(all.sort()).toEqual([...expected].sort());
        for (const { because } of dropped) expect(because).not.toBe('');
        if (asked.cards.length > 0 && !asked.models) expect(kept).not.toEqual([]);
      }),
      any,
    );
  });

  it('is the same for the same figures, in whatever order they are read', () => {
    const shuffled = request.chain((asked) =>
      fc.tuple(fc.constant(asked), fc.shuffledSubarray([...asked.history], { minLength: asked.history.length })),
    );
    fc.assert(
      fc.property(shuffled, ([asked, entries]) => {
        expect(routeFor({ ...asked, history: entries })).toEqual(routeFor(asked));
      }),
      any,
    );
  });
});
