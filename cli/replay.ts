import { join } from 'node:path';
import type { Replayed } from '../adapters/temporal/replay.js';
import { withRecords } from './connect.js';
import { readRecord } from './mission-record.js';
import { json, safe } from './output.js';

// Takes every decision of a mission again, from the recorded answers, with the workflow code that is installed.

/** Exit code 1 when a decision differs. */
export function replay({ mission, ...options }: { readonly mission: string; readonly json: boolean }): Promise<number> {
  return withRecords(async (context) => {
    const { config, output } = context;
    const { trees, source, forgotten } = await readRecord(context, mission);
    const runs = trees.flatMap(({ root, children }) => [root, ...children]);
    const { replayRuns } = await import('../adapters/temporal/replay.js');
    const replayed: Replayed[] = [];
    for await (const one of replayRuns(join(config.installDir, 'dist/workflow-bundle.js'), runs)) {
      replayed.push(one);
      if (!options.json) output.data(describe(one));
    }
    const missing = [...forgotten, ...trees.flatMap((tree) => tree.forgotten)];
    const same = replayed.every(({ difference }) => difference === undefined);
    if (options.json) output.data(json({ mission, source, same, runs: replayed, forgotten: missing }));
    for (const { workflowId, runId } of missing) {
      output.talk(`${safe(workflowId)} run ${runId} is forgotten and was not replayed`);
    }
    output.talk(same ? 'the same decisions; nothing was run or spent' : 'the present code decides otherwise');
    return same ? 0 : 1;
  });
}

function describe({ workflowId, runId, events, difference }: Replayed): string {
  const said = difference === undefined ? 'same decisions' : `differs: ${safe(difference.replace(/\s+/g, ' '))}`;
  return `${safe(workflowId)}  run ${runId}  ${events} events  ${said}`;
}
