import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../schemas/outcome.js';
import { useMissions } from './missions.js';
import { id, verdict, workItem } from './stubs.js';

describe('a mission whose branches move', () => {
  const { working, start } = useMissions();

  it('validates again and asks again when the base has moved', async () => {
    let head = 'base';
    const merges: string[] = [];
    const outcome = await working(
      {
        readHead: async () => ({ commit: id(head), tree: id(`${head} tree`) }),
        mergeChange: async ({ change }) => {
          merges.push(change.baseCommit);
          if (head === 'base') {
            head = 'moved';
            return { moved: id('moved') };
          }
          return { merged: id('merge'), already: false };
        },
      },
      async () => (await start(workItem('M-8'))).result() as Promise<Outcome>,
    );
    expect(outcome.result).toBe('shipped');
    expect(merges).toEqual([id('base'), id('moved')]);
  });

  it('takes in the commits that a person pushed to its branch, and validates them', async () => {
    const integrated: (readonly string[])[] = [];
    let gates = 0;
    let pushes = 0;
    const outcome = await working(
      {
        pushBranch: async () => (++pushes === 1 ? { moved: id('person') } : { pushed: true, already: false }),
        integrate: async ({ parts }) => {
          integrated.push(parts.map(({ commit }) => commit));
          return { commit: id(`with ${integrated.length}`), tree: id(`tree ${integrated.length}`) };
        },
        runGate: async ({ gate, tree }) => {
          if (tree === id('tree 2')) gates++;
          return verdict(gate, tree);
        },
      },
      async () => (await start(workItem('M-9'))).result() as Promise<Outcome>,
    );
    expect(outcome.result).toBe('shipped');
    expect(integrated[1]?.[0]).toBe(id('person'));
    expect(gates).toBe(2);
  });

  it('validates what a person pushed between the validation and the merge', async () => {
    const judged: string[] = [];
    let pushes = 0;
    const outcome = await working(
      {
        pushBranch: async () => (++pushes === 2 ? { moved: id('late') } : { pushed: true, already: false }),
        integrate: async ({ parts }) => {
          const late = parts.some(({ commit }) => commit === id('late'));
          return { commit: id(late ? 'with late' : 'first'), tree: id(late ? 'late tree' : 'first tree') };
        },
        runGate: async ({ gate, tree }) => {
          judged.push(tree);
          return verdict(gate, tree, tree === id('late tree') ? 'fail' : 'pass');
        },
      },
      async () => (await start(workItem('M-10'))).result() as Promise<Outcome>,
    );
    expect(judged).toContain(id('late tree'));
    expect(outcome.result).toBe('failed');
  });
});
