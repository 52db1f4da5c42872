import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { signatureOf } from '../../activities/fingerprint.js';
import { type RouteKnowledge, routeOf } from '../../activities/routing.js';
import type { Alert } from '../../schemas/alert.js';
import { ServiceCatalogue } from '../../schemas/service-catalogue.js';
import { DedupeState } from '../../workflows/dedupe-state.js';
import type { Labelled } from './labelled.js';

// What the code that runs in production makes of the set: no part of it is simulated but the trackers.

const ORDERS = 20;

export interface Folding {
  /** Of the pairs that were put together: those that belong together. */
  readonly precision: number;
  /** Of the pairs that belong together: those that were put together. */
  readonly recall: number;
  /** Of the pairs that belong together and were not: those that people were told of. */
  readonly linked: number;
  readonly missions: number;
  readonly faults: number;
  readonly wrong: readonly string[];
}

/** Over many orders of arrival, because who comes first leads. */
export function folding(all: readonly Labelled[], heldOut: boolean): Folding {
  const totals = { together: 0, right: 0, belong: 0, linked: 0, missions: 0 };
  const wrong = new Set<string>();
  const isHere = (one: Labelled) => one.heldOut === heldOut;
  for (let order = 0; order < ORDERS; order++) {
    const { leaders, near } = fold(shuffled(all, order));
    const signals = all.filter(isHere);
    totals.missions += new Set(signals.map(({ key }) => leaders.get(key))).size;
    for (const [at, one] of signals.entries()) {
      for (const other of signals.slice(at + 1)) {
        const together = leaders.get(one.key) === leaders.get(other.key);
        const belong = one.group === other.group;
        if (together) totals.together++;
        if (belong) totals.belong++;
        if (together && belong) totals.right++;
        if (together && !belong) wrong.add(`${one.title} = ${other.title}`);
        const [a, b] = [leaders.get(one.key) ?? '', leaders.get(other.key) ?? ''];
        if (belong && !together && (near.has(`${a} ${b}`) || near.has(`${b} ${a}`))) totals.linked++;
      }
    }
  }
  return {
    precision: totals.right / totals.together,
    recall: totals.right / totals.belong,
    linked: totals.linked / Math.max(1, totals.belong - totals.right),
    missions: totals.missions / ORDERS,
    faults: new Set(all.filter(isHere).map(({ group }) => group)).size,
    wrong: [...wrong],
  };
}

function fold(signals: readonly Labelled[]) {
  const state = new DedupeState(1);
  const leaders = new Map<string, string>();
  const near = new Set<string>();
  for (const { key, source, title, text, repo } of signals) {
    const item = { kind: source, id: key };
    const signature = signatureOf({ key, source: item, title, text });
    const answer = state.claim(
      { ...{ key, triage: key, item: key, source: item, title, repo, signature }, mayLead: true },
      0,
    );
    leaders.set(key, answer.decision === 'fold' ? answer.into.key : key);
    if (answer.decision === 'lead') for (const kin of answer.near) near.add(`${key} ${kin.key}`);
  }
  return { leaders, near };
}

/** The same for the same seed. */
function shuffled(signals: readonly Labelled[], seed: number): Labelled[] {
  const mixed = [...signals];
  let state = seed + 1;
  for (let at = mixed.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (at + 1);
    const [one, two] = [mixed[at], mixed[other]];
    if (one && two) [mixed[at], mixed[other]] = [two, one];
  }
  return mixed;
}

export interface Routing {
  readonly right: number;
  readonly wrong: number;
  /** Nothing tells: the reporter is asked. */
  readonly asked: number;
}

export async function routing(signals: readonly Labelled[], installDir: string): Promise<Routing> {
  const file = join(installDir, 'bench/triage/services.yaml');
  const catalogue = ServiceCatalogue.parse(parse(readFileSync(file, 'utf8')));
  const knowledge: RouteKnowledge = {
    catalogue: { read: async () => catalogue },
    records: { read: async () => [] },
    forge: { location: (name) => ({ name, url: name, defaultBranch: 'main' }) },
    depot: {
      fetch: async ({ name }) => ({ commit: name, tree: name }),
      list: async () => [],
      read: async () => undefined,
    },
  };
  const repos = [...new Set(signals.map(({ repo }) => repo))].map((name) => ({ name, match: [] }));
  const result = { right: 0, wrong: 0, asked: 0 };
  for (const { key, source, title, text, repo } of signals) {
    const labels: [string, string][] = [...text.matchAll(/\b(service)=(\w+)/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const alert: Alert = {
      ...{ fingerprint: key, name: title, summary: title, startsAt: '2026-11-21T10:00:00Z' },
      ...{ status: 'firing', severity: 'high', labels: Object.fromEntries(labels) },
    };
    const item = { key, source: { kind: source, id: key }, title, text, labels: [], comments: [] };
    const route = await routeOf({ item, answers: [], alert: labels.length > 0 ? alert : undefined }, repos, knowledge);
    result[route === undefined ? 'asked' : route.repo === repo ? 'right' : 'wrong']++;
  }
  return result;
}
