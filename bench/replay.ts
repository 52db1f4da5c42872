import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Bench } from './context.js';
import { timed } from './measure.js';
import { countRow } from './row.js';

const HISTORY = 'mission-budget-raised';
const COPIES = 40;
const PER = 1_000;

/** How long a worker takes to get a mission back that it does not have in its cache. */
export const replay: Bench = {
  name: 'replay',
  async run({ installDir, quick }) {
    const bundle = { code: readFileSync(join(installDir, 'dist/workflow-bundle.js'), 'utf8') };
    const history = JSON.parse(readFileSync(join(installDir, 'test/histories', `${HISTORY}.json`), 'utf8'));
    const events = historyFromJSON(history).events?.length ?? 0;
    const times: number[] = [];
    for (let n = 0; n < (quick ? 2 : 6); n++) {
      // The start of a worker is in both, and in the difference no more.
      const [one, many] = [await replayed(bundle, history, 1), await replayed(bundle, history, COPIES + 1)];
      times.push(((many - one) / (COPIES * events)) * PER);
    }
    return [countRow({ name: `replay of a mission, per ${PER} events`, unit: 'ms', counts: times })];
  },
};

function replayed(workflowBundle: { readonly code: string }, history: unknown, copies: number): Promise<number> {
  const histories = Array.from({ length: copies }, (_, n) => ({ workflowId: `mission/${n}`, history }));
  return timed(async () => {
    const options = { workflowBundle: workflowBundle as WorkflowBundleWithSourceMap };
    for await (const { error } of Worker.runReplayHistories(options, histories)) if (error) throw error;
  });
}
