import { join } from 'node:path';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { workflowId } from '../schemas/names.js';
import { missionStatus } from '../workflows/messages.js';
import { withClient } from './connect.js';
import { Refusal } from './errors.js';
import { safeLines } from './output.js';

// The proof of a mission, read from where the workers keep their blobs.

export function proof({ mission, ...options }: { readonly mission: string; readonly json: boolean }): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const { outcome, stage } = await client.workflow.getHandle(workflowId.mission(mission)).query(missionStatus);
    if (!outcome) throw new Refusal(`${mission} has no proof yet: it is at stage ${stage}`);
    const ref = options.json ? outcome.proof : outcome.proofMarkdown;
    if (!ref) throw new Refusal(`${mission} ended as ${outcome.result} before there was a proof: ${outcome.because}`);
    const text = (await createBlobs(join(config.stateDir, 'blobs')).get(ref)).toString();
    output.data(output.tty ? safeLines(text) : text.trimEnd());
    return 0;
  });
}
