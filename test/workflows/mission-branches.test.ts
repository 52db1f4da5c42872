import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../schemas/finding.js';
import type { Outcome } from '../../schemas/outcome.js';
import { useMissions } from './missions.js';
import { type AllActivities, BLOB, id, stubs, verdict, withAgents, workItem } from './stubs.js';

describe('a mission whose branches move', () => {
  const { working, start, until } = useMissions();

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

  describe('and what others did collides with the change', () => {
    const lost: Finding = {
      ...{ id: 'f'.repeat(16), rule: 'lost-in-conflict', severity: 'person', path: 'src/tax.ts', risk: 'medium' },
      message: 'does not have lines that what is taken in added: "raise()"',
    };

    /** The base moves while the mission works, and does not fit to what it made. */
    function colliding(more: Partial<AllActivities> = {}) {
      const commits: Parameters<AllActivities['commitTree']>[0][] = [];
      const gates: { readonly gate: string; readonly tree: string; readonly baseline: string | undefined }[] = [];
      const merges: { readonly head: string; readonly tree: string; readonly baseCommit: string }[] = [];
      const activities: Partial<AllActivities> = {
        readHead: async () => ({ commit: id('moved'), tree: id('moved tree') }),
        integrate: async (input) => {
          if (input.parts.some(({ commit }) => commit === id('moved')))
            throw ApplicationFailure.nonRetryable('the changes collide in src/tax.ts', 'MergeConflict');
          return stubs.integrate(input);
        },
        joinBaselines: async () => ({
          tests: { ...verdict('tests', id('moved tree')), cases: { ...BLOB, sha256: 'b'.repeat(64) } },
        }),
        commitTree: async (input) => {
          commits.push(input);
          return stubs.commitTree(input);
        },
        mergeChange: async ({ change }) => {
          merges.push(change);
          return { merged: id('merge'), already: false };
        },
        runGate: async ({ gate, tree, baseline }) => {
          gates.push({ gate, tree, baseline: baseline?.sha256 });
          return verdict(gate, tree);
        },
        ...more,
      };
      return { activities, commits, gates, merges };
    }

    const joined = async ({ first }: { readonly first: string }) => ({ tree: id(`${first} first`) });

    it('keeps both sides where each only added lines, judged by what passes on either side', async () => {
      const world = colliding({ joinSides: joined });
      const outcome = await working(
        world.activities,
        async () => (await start(workItem('M-11'))).result() as Promise<Outcome>,
      );
      expect(outcome).toMatchObject({ result: 'shipped' });
      expect(world.commits.at(-1)).toMatchObject({
        tree: id('taken first'),
        parents: [id('moved'), expect.any(String)],
      });
      expect(world.merges).toEqual([expect.objectContaining({ tree: id('taken first'), baseCommit: id('moved') })]);
      const judged = world.gates.filter(({ tree }) => tree === id('taken first'));
      expect(judged).toContainEqual({ gate: 'tests', tree: id('taken first'), baseline: 'b'.repeat(64) });
      expect(judged.map(({ gate }) => gate)).toContain('end-to-end');
      expect(world.gates.map(({ tree }) => tree)).toContain(id('taken tree'));
    });

    it('tries the other order when the first is red', async () => {
      const world = colliding({
        joinSides: joined,
        runGate: async ({ gate, tree }) => verdict(gate, tree, tree === id('taken first') ? 'fail' : 'pass'),
      });
      const outcome = await working(
        world.activities,
        async () => (await start(workItem('M-12'))).result() as Promise<Outcome>,
      );
      expect(outcome).toMatchObject({ result: 'shipped' });
      expect(world.merges).toEqual([expect.objectContaining({ tree: id('ours first') })]);
    });

    it('has an agent bring them together, within what collides, and asks a person when lines are lost', async () => {
      const opened: Parameters<AllActivities['openSession']>[0][] = [];
      const world = colliding({
        ...withAgents(),
        openSession: async (input) => {
          opened.push(input);
          return stubs.openSession(input);
        },
        checkResolution: async ({ tree }) => (tree === id('both sides tree') ? [] : [lost]),
      });
      const asked = await working(world.activities, async () => {
        const handle = await start(workItem('M-13'));
        const status = await until('M-13', ({ stage }) => stage === 'approval');
        await handle.terminate();
        return status;
      });
      const coder = opened.find(({ role, tree }) => role === 'coder' && tree === id('both sides tree'));
      expect(coder?.scope?.allow).toEqual(['src/tax.ts']);
      expect(JSON.stringify(coder?.brief)).toContain('Raise the tax');
      expect(asked.tasks.map(({ task }) => task.id)).toContain('conflict-1');
      expect(world.commits.at(-1)?.parents[0]).toBe(id('moved'));
      expect(world.merges).toEqual([]);
    });

    it('is given back with the files and the commits of both sides when nobody could', async () => {
      const world = colliding();
      const outcome = await working(
        world.activities,
        async () => (await start(workItem('M-14'))).result() as Promise<Outcome>,
      );
      expect(outcome.result).toBe('failed');
      expect(outcome.because).toMatch(
        /collide in src\/tax\.ts; taken in: .*"Raise the tax" by "ada"; of this change: .*"Round the tax".*not brought together: conflict-1: src\/tax.ts: a side changed/,
      );
      expect(world.merges).toEqual([]);
    });

    it('is never merged when both sides together are red', async () => {
      const world = colliding({
        joinSides: joined,
        runGate: async ({ gate, tree }) =>
          verdict(gate, tree, [id('taken first'), id('ours first')].includes(tree) ? 'fail' : 'pass'),
      });
      const outcome = await working(
        world.activities,
        async () => (await start(workItem('M-15'))).result() as Promise<Outcome>,
      );
      expect(outcome).toMatchObject({ result: 'failed', because: expect.stringContaining('do not pass') });
      expect(world.merges).toEqual([]);
    });
  });
});
