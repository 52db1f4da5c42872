import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RunTools } from '../../schemas/agent.js';
import type { Bench } from '../context.js';
import { inTurns, timed } from '../measure.js';
import { ratioRow } from '../row.js';
import { createBare } from './bare.js';
import { REPO, reads, startScripted } from './scripted.js';

const MANY = 10;

/** What reading files costs an agent: ten of them at once against one, and one against a bare start of Node. */
export const toolReads: Bench = {
  name: 'tool-reads',
  async run(context) {
    const scripted = await startScripted(context, 'reads');
    const bare = await createBare({ env: scripted.installation.env, directory: `${context.directory}/reads/bare` });
    const inputOf = async (tools: number): Promise<RunTools> => {
      const { session, conversation, tree } = await bare.open({ name: `READ-${tools}`, turns: 2, tools });
      scripted.models.script(() => ({ tools: reads(0, tools) ?? [] }));
      const call = await bare.callModel({ session, conversation, n: 1, rung: 0, maxOutputTokens: 8_000 });
      return { repo: REPO, tree, session, conversation: call.conversation };
    };
    try {
      const [one, many] = [await inputOf(1), await inputOf(MANY)];
      const repetitions = context.quick ? 3 : 30;
      const read = (input: RunTools) => () => timed(() => bare.runTools(input));
      const batch = await inTurns({ repetitions, warmUps: 2, ours: read(many), baseline: read(one) });
      const start = await inTurns({ repetitions, warmUps: 2, ours: read(one), baseline: () => timed(startNode) });
      return [
        ratioRow({ name: `${MANY} reads in one turn / 1 read`, unit: 'ms', ...batch }),
        ratioRow({ name: '1 read in a turn / a bare start of Node', unit: 'ms', ...start }),
      ];
    } finally {
      await bare.close();
      await scripted.close();
    }
  },
};

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'close');
}
