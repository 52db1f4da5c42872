import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Comment, StateChange } from '../../activities/ports-effects.js';
import type { AtSource } from '../../activities/tracker.js';
import type { Outcome } from '../../schemas/outcome.js';
import { sourceFolded } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { useMissions } from './missions.js';
import { answer, questionOf } from './questions.js';
import { person, stubs, workItem } from './stubs.js';

const FOLDED = [
  { kind: 'jira', id: '10001', item: 'PAY-7' },
  { kind: 'github', id: '42', item: 'acme.parcels-3' },
] as const;

/** What is written, by where; `gone`: items that are not there any more. */
function trackers(gone: readonly string[] = []) {
  const comments: (Comment & AtSource)[] = [];
  const states: (StateChange & AtSource)[] = [];
  const refuse = (item: string) => {
    if (gone.includes(item)) throw ApplicationFailure.nonRetryable(`${item} is gone`, 'ItemNotFound');
  };
  return {
    comments,
    states,
    at: (item: string) => comments.filter((one) => one.item === item).map(({ effectKey }) => partOf(effectKey)),
    activities: {
      comment: async (input: Comment & AtSource) => {
        refuse(input.item);
        comments.push(input);
        return { already: false };
      },
      setState: async (input: StateChange & AtSource) => {
        refuse(input.item);
        states.push(input);
        return { already: false };
      },
    },
  };
}

function partOf(effectKey: string): string {
  return effectKey.split('/')[4] ?? '';
}

describe('what a mission writes back', () => {
  const { client, working, start } = useMissions();

  it('goes to the item and to everything that was folded into it, each once, under keys of their own', async () => {
    const { activities, comments, states, at } = trackers();
    const item = workItem('W-1', { alsoFrom: [...FOLDED] });
    await working(activities, async () => (await start(item)).result());
    for (const key of ['W-1', 'PAY-7', 'acme.parcels-3']) {
      expect(at(key)).toEqual(['start', 'end']);
      expect(states.filter((one) => one.item === key).map(({ state }) => state)).toEqual(['started', 'completed']);
    }
    expect(comments.filter((one) => one.item === 'PAY-7')).toMatchObject([{ source: 'jira' }, { source: 'jira' }]);
    const keys = [...comments, ...states].map(({ effectKey }) => effectKey);
    expect(new Set(keys).size).toBe(keys.length);
    const end = comments.find((one) => one.item === 'PAY-7' && partOf(one.effectKey) === 'end');
    expect(end?.body).toMatch(/Merge commit `[0-9a-f]{40}`, proof `sha256:.*`\.[\s\S]*Cost: \$0\.00/);
  });

  it('tells everything that was folded in what people are asked and what they decided, in words of its own, once', async () => {
    const { activities, comments, at } = trackers();
    const item = workItem('W-9', { alsoFrom: [...FOLDED] });
    await working({ ...activities, reviewChange: async ({ touches }) => (touches ? [] : [person]) }, async () => {
      const handle = await start(item);
      const question = await questionOf(client(), 'W-9');
      await eventually(() => at('PAY-7').includes('approval-1'));
      expect(at('PAY-7')).not.toContain('approval-1-end');
      await answer(client(), question, { reason: 'read it' });
      await handle.result();
    });
    for (const key of ['PAY-7', 'acme.parcels-3']) {
      expect(at(key)).toEqual(['start', 'approval-1', 'approval-1-end', 'end']);
    }
    const said = (part: string) => comments.find((one) => one.item === 'PAY-7' && partOf(one.effectKey) === part)?.body;
    expect(said('approval-1')).toContain('they are asked where W-9 is');
    expect(said('approval-1-end')).toBe('`W-9/1` (Item W-9) is **approved** by Operator: read it.');
    // The item itself is asked, and told, by the question.
    const own = comments.filter((one) => one.item === 'W-9' && one.effectKey.startsWith('approval/'));
    expect(own.map(({ effectKey }) => effectKey.split('/').at(-1))).toEqual(['question', 'answer']);
  });

  it('goes from then on to what is folded in on the way', async () => {
    const { activities, at } = trackers();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const writeProof: typeof stubs.writeProof = (proof) => held.then(() => stubs.writeProof(proof));
    await working({ ...activities, writeProof }, async () => {
      const handle = await start(workItem('W-2'));
      while (!at('W-2').includes('start')) await sleep(50);
      await handle.signal(sourceFolded, FOLDED[0]);
      goOn();
      await handle.result();
    });
    expect(at('PAY-7')).toEqual(['end']);
  });

  it('ships although a folded ticket is gone', async () => {
    const { activities, at } = trackers(['PAY-7']);
    const item = workItem('W-3', { alsoFrom: [...FOLDED] });
    const outcome = await working(activities, async () => (await start(item)).result() as Promise<Outcome>);
    expect(outcome.result).toBe('shipped');
    expect(at('acme.parcels-3')).toEqual(['start', 'end']);
  });

  it('says that it goes on when nothing else was said for as long as the policy allows, and nothing after the end', async () => {
    const { activities, at, comments } = trackers();
    const readBase: typeof stubs.readBase = async (input) => {
      const base = await stubs.readBase(input);
      return { ...base, blueprint: { ...base.blueprint, policy: { ...base.blueprint.policy, heartbeat: '1s' } } };
    };
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const writeProof: typeof stubs.writeProof = (proof) => held.then(() => stubs.writeProof(proof));
    await working({ ...activities, readBase, writeProof }, async () => {
      const handle = await start(workItem('W-4', { alsoFrom: [FOLDED[0]] }));
      while (!at('W-4').includes('heartbeat-2')) await sleep(100);
      goOn();
      await handle.result();
      const told = comments.length;
      await sleep(1_500);
      expect(comments).toHaveLength(told);
    });
    expect(at('W-4').at(-1)).toBe('end');
    // Nobody waits for what is written there: on a busy machine the order is another.
    expect(at('PAY-7').slice(0, 3).toSorted()).toEqual(['heartbeat-1', 'heartbeat-2', 'start']);
    expect(comments.find(({ effectKey }) => partOf(effectKey) === 'heartbeat-1')?.body).toContain('Still at work:');
  });
});
