import { join } from 'node:path';
import type { RepairRequest } from '../schemas/repair.js';
import type { Bench } from './context.js';
import { type BugCase, checkOut, readCases } from './repair/cases.js';
import { ask } from './repair/engine.js';
import { runTests } from './repair/spawned.js';
import { type Row, ratioRow } from './row.js';

/** Cases that no small edit mends, so that there are candidates enough for a rate; `npm run bench:repair` has all. */
const CASES = ['javascript/parse-duration', 'javascript/balanced', 'python/caesar', 'python/merge-intervals'];
const SPAWNS = 3;

interface Rates {
  readonly warm: number;
  readonly spawned: number;
}

/** Candidates that the repair engine judges in its warm runner, against starting the test command for each. */
export const repair: Bench = {
  name: 'repair',
  async run({ installDir, quick }) {
    const chosen = readCases(join(installDir, 'bench/repair/cases')).filter(({ name }) => CASES.includes(name));
    const rows: Row[] = [];
    for (const language of ['javascript', 'python']) {
      const rates: Rates[] = [];
      for (const bug of chosen.filter(({ description }) => description.module.language === language)) {
        for (let n = 0; n < (quick ? 1 : 2); n++) rates.push(await ratesOf(bug));
      }
      rows.push(
        ratioRow({
          name: `repair in ${language}: candidates in a warm runner / spawning the tests for each`,
          unit: 'per s',
          ours: rates.map(({ warm }) => warm),
          baseline: rates.map(({ spawned }) => spawned),
          target: { atLeast: 50 },
        }),
      );
    }
    return rows;
  },
};

async function ratesOf(bug: BugCase): Promise<Rates> {
  const checkout = checkOut({ bug, withHidden: false });
  try {
    const { directory } = checkout;
    const { module, words } = bug.description;
    const survey: RepairRequest = { do: 'survey', name: bug.name, module, timeoutSeconds: 30 };
    const { last } = await ask({ directory, request: survey });
    if (last.event !== 'survey') throw new Error(`expected a survey of ${bug.name}`);
    const targets = last.survey.tests.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
    const limits = { candidates: 2000, seconds: 60, startAt: 0, rejected: [] };
    const search: RepairRequest = { do: 'search', name: bug.name, module, targets, touches: ['**'], words, ...limits };
    const { judged } = await ask({ directory, request: search });
    if (judged.candidates === 0) throw new Error(`${bug.name}: expected more candidates than one batch`);
    const spawns = Array.from({ length: SPAWNS }, () => runTests({ bug, directory, tests: module.tests }).seconds);
    const seconds = spawns.reduce((sum, spawn) => sum + spawn, 0) / SPAWNS;
    return { warm: judged.candidates / judged.seconds, spawned: 1 / seconds };
  } finally {
    checkout.remove();
  }
}
