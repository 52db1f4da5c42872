import { MockActivityEnvironment } from '@temporalio/testing';
import type { CallResult, Ending, OpenSession, ToolsResult } from '../../schemas/agent.js';
import { loadConfig } from '../../temporal.config.js';
import { compose } from '../../workers/compose.js';
import { timed } from '../measure.js';
import { REPO, type Shape, shapedItem } from './scripted.js';

// The activities of an agent's turn, as a worker composes them, called directly: no Temporal between them.

export interface BareOptions {
  /** Of an installation: its repositories and models. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its own state: nothing that the installation's worker has made is found again. */
  readonly directory: string;
}

export async function createBare({ env, directory }: BareOptions) {
  const { light, calls, heavy, held } = await compose(loadConfig({ ...env, SIGNALBOX_STATE: directory }));
  const within = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> =>
    new MockActivityEnvironment().run(activity, input);

  async function open({ name, ...shape }: Shape) {
    const base = await within(light.readBase, { repo: REPO });
    const input: OpenSession = {
      ...{ key: name, role: 'coder', kind: 'feature', repo: REPO, near: base.tree, tree: base.tree },
      blueprint: base.blueprintRef,
      brief: [{ title: 'Task', from: 'bench', own: true, text: shapedItem({ ...shape, name }).problem }],
    };
    return { tree: base.tree, ...(await within(light.openSession, input)) };
  }

  async function runTools(input: Parameters<typeof heavy.runTools>[0]): Promise<ToolsResult> {
    return (await within(heavy.runTools, input)).result;
  }

  return {
    open,
    runTools,
    callModel: (input: Parameters<typeof calls.callModel>[0]): Promise<CallResult> => within(calls.callModel, input),
    /** Mean of the turns after the first, which makes the workspace. */
    async turnMs(shape: Shape): Promise<number> {
      const opened = await open(shape);
      const { session } = opened;
      let { conversation, tree } = opened;
      let ending: Ending | undefined;
      let n = 0;
      const turn = async () => {
        const call = await within(calls.callModel, { session, conversation, n: ++n, rung: 0, maxOutputTokens: 8_000 });
        ({ conversation, tree, ending } = {
          ending: undefined,
          ...(await runTools({ repo: REPO, tree, session, conversation: call.conversation })),
        });
      };
      await turn();
      const ms = await timed(async () => {
        while (n < shape.turns - 1) await turn();
      });
      await turn();
      if (ending?.tool !== 'submit') throw new Error('expected the scripted coder to hand something in');
      await within(heavy.closeWorkspace, { session });
      return ms / (n - 2);
    },
    close: () => held.closeAll(),
  };
}
