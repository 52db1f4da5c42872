import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { type AllActivities, BLOB, changeTask, planOf, stubs, verdict } from './stubs.js';

export interface GrowingRepoOptions {
  /** Whether the gates are red on what has all of these. */
  readonly red?: (items: readonly string[]) => boolean;
  /** Two that can't be put on each other. */
  readonly conflict?: readonly [string, string];
}

/** A repo whose commits are the sets of items that are in them: what is merged with what can be told from its trees. */
export function growingRepo(name: string, { red = () => false, conflict }: GrowingRepoOptions = {}) {
  const contents = new Map<string, readonly string[]>();
  const hash = (text: string) => createHash('sha1').update(`${name} ${text}`).digest('hex');
  const of = (items: readonly string[]) => {
    const sorted = [...new Set(items)].toSorted();
    const made = { commit: hash(`commit ${sorted}`), tree: hash(`tree ${sorted}`) };
    contents.set(made.commit, sorted);
    contents.set(made.tree, sorted);
    return made;
  };
  const itemsOf = (id: string) => contents.get(id) ?? [];
  const log: string[] = [];
  const judged: (readonly string[])[] = [];
  let base = of([]);
  const activities: Partial<AllActivities> = {
    readBase: async (input) => ({ ...(await stubs.readBase(input)), ...of([]) }),
    readHead: async () => base,
    planMission: async ({ item, version }) => ({
      plan: planOf(version, [changeTask(item.key.toLowerCase(), [], [])]),
      hash: 'h',
    }),
    repair: async ({ touches }) => ({
      ...of([(touches[0] ?? '').slice('src/'.length, -'.ts'.length).toUpperCase()]),
      ...{ status: 'plausible', candidate: 'c', summary: 's', confidence: 'high', index: 1, tried: 1, evidence: BLOB },
    }),
    integrate: async ({ parts }) => {
      const items = parts.flatMap(({ commit }) => itemsOf(commit));
      if (conflict?.every((one) => items.includes(one))) {
        throw ApplicationFailure.nonRetryable('the changes collide in src/tax.ts', 'MergeConflict');
      }
      return of(items);
    },
    runGate: async ({ gate, tree }) => {
      const items = itemsOf(tree);
      // Alone it was judged by its own mission before.
      if (gate === 'tests' && items.length > 1) judged.push(items);
      return verdict(gate, tree, items.length > 1 && red(items) ? 'fail' : 'pass');
    },
    mergeChange: async ({ change, mission }) => {
      if (change.baseCommit !== base.commit) return { moved: base.commit };
      base = of([...itemsOf(base.commit), ...itemsOf(change.tree)]);
      log.push(mission.slice('mission/'.length));
      return { merged: base.commit, already: false };
    },
  };
  return {
    activities,
    /** Items, in the order in which they were merged. */
    log,
    /** What all gates ran on, without what each mission had judged by itself. */
    judged,
    /** A person pushes to the base. */
    push: (item: string) => {
      base = of([...itemsOf(base.commit), item]);
    },
    merged: () => itemsOf(base.commit),
    itemsOf,
  };
}
