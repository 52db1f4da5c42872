import { describe, expect, it } from '@jest/globals';
import { ServiceCatalogue } from '../schemas/service-catalogue.js';
import type { TriageRecord } from '../schemas/triage-record.js';
import type { SourceItem } from '../schemas/work-item.js';
import { type Asked, namedRepos, type RouteKnowledge, routeOf, signatureOfAsked } from './routing.js';

const REPOS = [
  { name: 'shop', match: [{ team: 'Web' }] },
  { name: 'parcels', match: [{ label: 'parcels' }] },
];
const FILES: Readonly<Record<string, readonly string[]>> = {
  shop: ['src/cart.ts', 'src/index.ts', '.github/CODEOWNERS'],
  parcels: ['src/quote.ts', 'src/index.ts'],
};
const CATALOGUE = ServiceCatalogue.parse({
  services: {
    checkout: {
      repo: 'shop',
      alerts: [{ service: 'checkout' }, { service: 'checkout', env: 'eu' }],
      words: ['basket'],
    },
    rates: { repo: 'parcels', alerts: [{ job: 'rates' }], paths: ['services/rates'], words: ['surcharge'] },
  },
});

function asked(text: string, more: Partial<SourceItem> = {}, labels?: Record<string, string>): Asked {
  const item: SourceItem = {
    ...{ key: 'A-1', source: { kind: 'slack', id: 'A-1' }, title: 'It fails', text, labels: [], comments: [], ...more },
  };
  const alert = labels && {
    ...{ fingerprint: 'f', name: 'n', status: 'firing', severity: 'high', summary: 's', labels },
    startsAt: '2026-11-21T10:00:00Z',
  };
  return { item, answers: [], alert: alert as Asked['alert'] };
}

function knowledge(records: readonly TriageRecord[] = []): RouteKnowledge {
  return {
    catalogue: { read: async () => CATALOGUE },
    records: { read: async () => records },
    forge: { location: (name) => ({ name, url: `/repos/${name}.git`, defaultBranch: 'main' }) },
    depot: {
      fetch: async ({ name }) => ({ commit: name, tree: name }),
      list: async (repo) => FILES[repo] ?? [],
      read: async (repo, _tree, path) =>
        repo === 'shop' && path === '.github/CODEOWNERS' ? '/src/ @acme/web' : undefined,
    },
  };
}

const trace = (file: string) => `TypeError: x is not a function\n    at run (/srv/releases/42/${file}:10:5)`;

describe('the route of an item', () => {
  it.each([
    [
      'the file of a stack trace that only one repository has',
      asked(trace('src/quote.ts')),
      'parcels',
      'the stack trace is in its src/quote.ts',
    ],
    [
      'the same with its owners',
      asked(trace('src/cart.ts')),
      'shop',
      'the stack trace is in its src/cart.ts, which CODEOWNERS gives to @acme/web',
    ],
    [
      'the directory of a service, where the file is nowhere',
      asked(trace('services/rates/main.py')),
      'parcels',
      'services/rates in a stack trace is service rates',
    ],
    [
      'the labels of its alert',
      asked('', {}, { job: 'rates', pod: 'x' }),
      'parcels',
      'the catalogue says that job=rates is service rates',
    ],
    [
      'what people call the service',
      asked('The surcharge is wrong'),
      'parcels',
      'it names surcharge, which is service rates',
    ],
  ])('goes by %s', async (_, one, repo, because) => {
    expect(await routeOf(one, REPOS, knowledge())).toEqual({ repo, because });
  });

  it('goes by what is named before everything else, and by code before the map', async () => {
    expect(await routeOf(asked(`repo: shop\n${trace('src/quote.ts')}`), REPOS, knowledge())).toMatchObject({
      repo: 'shop',
    });
    expect(await routeOf(asked(trace('src/quote.ts'), { team: 'Web' }), REPOS, knowledge())).toMatchObject({
      repo: 'parcels',
    });
    expect(await routeOf(asked('The surcharge is wrong', { team: 'Web' }), REPOS, knowledge())).toMatchObject({
      repo: 'shop',
    });
  });

  it('is not guessed: a file that both have, words of two services, nothing at all', async () => {
    for (const text of [trace('src/index.ts'), 'The basket and the surcharge', 'It is broken']) {
      expect(await routeOf(asked(text), REPOS, knowledge())).toBeUndefined();
    }
  });

  it('goes where a person has moved what is like it', async () => {
    const one = asked('Quotes of heavy pallets are rounded down to the lower cent');
    const move: TriageRecord = {
      ...{ kind: 'move', key: 'slack/B-1', item: 'B-1', title: 't', by: { id: 'alice' }, text: '', repo: 'parcels' },
      signature: signatureOfAsked(asked('Quotes for heavy pallets get rounded down to a lower cent', { key: 'B-1' })),
    };
    expect(await routeOf(one, REPOS, knowledge())).toBeUndefined();
    expect(await routeOf(one, REPOS, knowledge([move]))).toEqual({
      repo: 'parcels',
      because: 'B-1, which is like it, was moved there by a person',
      by: 'correction',
    });
  });
});

describe('an item that names several repos', () => {
  it.each([
    ['Repos: shop, parcels', ['shop', 'parcels']],
    ['It fails.\n\n**Repositories:** `parcels`, then `Shop`.', ['parcels', 'shop']],
    ['Repos: shop and parcels', ['shop', 'parcels']],
  ])('%s', (text, names) => {
    expect(namedRepos(text, REPOS)).toEqual(names);
  });

  it.each(['Repos: shop', 'Repos: shop, shop', 'Repos: shop, elsewhere', 'Repo: shop, parcels', 'No repos here'])(
    'does not: %s',
    (text) => {
      expect(namedRepos(text, REPOS)).toBeUndefined();
    },
  );
});
