import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { Outcome } from '../../schemas/outcome.js';
import { cancelMission } from '../../workflows/messages.js';
import { useMissions } from './missions.js';
import { id, operator, workItem } from './stubs.js';

/** An effect that is on its way and can't be called back: it beats, and ends when it ends. */
async function onItsWay(): Promise<void> {
  for (let beats = 0; beats < 15; beats++) {
    Context.current().heartbeat();
    await sleep(200);
  }
}

describe('a mission that is cancelled while an effect is on its way', () => {
  const { working, start, until } = useMissions();

  it('waits for it: a merge that came through has shipped', async () => {
    let merges = 0;
    const outcome = await working(
      {
        mergeChange: async () => {
          await onItsWay();
          merges++;
          return { merged: id('merge'), already: false };
        },
      },
      async () => {
        const handle = await start(workItem('M-40'));
        await until('M-40', ({ stage }) => stage === 'merging');
        await sleep(500);
        await handle.executeUpdate(cancelMission, { args: [{ by: operator, text: 'too late' }] });
        return (await handle.result()) as Outcome;
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped', mergeCommit: id('merge') });
    expect(merges).toBe(1);
  });
});
